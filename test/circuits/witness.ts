import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { wtns } from 'snarkjs'
import { expect, vi } from 'vitest'
import { readArtifact } from '../../scripts/circuits/compressed.ts'
import { artifactPaths, circuitsFolder } from '../../scripts/circuits/paths.ts'
import type { Inputs } from './scenario.ts'

type Memory = { type: 'mem'; data?: Uint8Array }

let wasm: Promise<Uint8Array> | undefined

/** Runs the committed WebAssembly in this process. The witness is in snarkjs' own form (wtns). */
export async function computeWitness(inputs: Inputs): Promise<Uint8Array> {
  const memory: Memory = { type: 'mem' }
  // circom_runtime prints a refusal as well as throwing it.
  const quiet = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    wasm ??= readArtifact(artifactPaths('presentation').wasm)
    await wtns.calculate(inputs, await wasm, memory)
  } finally {
    quiet.mockRestore()
  }
  return memory.data!
}

/** The witness as numbers: 1, the public signals in order, then the rest. */
export async function witnessValues(inputs: Inputs): Promise<bigint[]> {
  return (await wtns.exportJson((await computeWitness(inputs)) as unknown as string)) as bigint[]
}

/** One level of a refusal, from the constraint that failed outward: `Template: its source line`. */
export async function refusal(inputs: Inputs): Promise<string[]> {
  const error = await computeWitness(inputs).then(
    () => undefined,
    (thrown: Error) => thrown,
  )
  if (error === undefined) return []
  expect(error.message).toContain('Assert Failed')
  return [...error.message.matchAll(/in template ([A-Za-z0-9_]+?)_\d+ line: (\d+)/g)].map(
    ([, template, line]) => `${template}: ${sourceLine(template!, Number(line))}`,
  )
}

/** Asserts that the inputs are refused, and where: each of `levels` is the beginning of one level, innermost first. */
export async function expectRefusal(inputs: Inputs, levels: string[]): Promise<void> {
  const actual = await refusal(inputs)
  const missing = levels.filter((expected) => !actual.some((level) => level.startsWith(expected)))
  expect({ refusal: actual, missing }).toEqual({ refusal: actual, missing: [] })
}

const circomlibFiles: Record<string, string> = {
  Num2Bits: 'bitify',
  BabyCheck: 'babyjub',
  ForceEqualIfEnabled: 'comparators',
  EdDSAPoseidonVerifier: 'eddsaposeidon',
}

function sourceLine(template: string, line: number): string {
  const own = template === 'Presentation' ? 'presentation.circom' : `lib/${kebab(template)}.circom`
  const library = circomlibFiles[template]
  const path =
    library === undefined
      ? join(circuitsFolder, own)
      : join(circuitsFolder, '../node_modules/circomlib/circuits', `${library}.circom`)
  const text = readFileSync(path, 'utf8')
  if (!text.includes(`template ${template}(`)) throw new Error(`${basename(path)} holds no template ${template}`)
  return text.split('\n')[line - 1]!.trim()
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()
}
