import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { FIELD_ORDER } from '../../../src/protocol/field.ts'
import type { Circuit } from '../circuit-list.ts'
import { compileCircuit } from '../compile-circuit.ts'
import { root } from '../paths.ts'
import { isSatisfiable } from './evaluate.ts'
import { propagate } from './propagate.ts'
import { readR1cs } from './read-r1cs.ts'

/** circomlib's check that 254 bits are those of a number below the field's order. */
const aliasCheck: Circuit = {
  file: 'alias-check.circom',
  template: 'AliasCheck',
  parameters: [],
  publicSignals: ['in'],
  publicInputs: ['in'],
  maxConstraints: Number.MAX_SAFE_INTEGER,
}

/** How many numbers are tried on either side, beside the limits. */
const SAMPLES = 100n

/**
 * 254 bits have two readings where the number is small enough: x and x + p. Tries that the alias check, compiled by itself,
 * takes numbers below p and no other. Returns how many it tried. @throws Error when one is judged wrongly
 */
export async function checkStrictBits(folder: string): Promise<number> {
  const sources = join(folder, 'circuits')
  const modules = relative(sources, join(root, 'node_modules'))
  await mkdir(sources, { recursive: true })
  try {
    await writeFile(join(sources, aliasCheck.file), `include "${modules}/circomlib/circuits/aliascheck.circom";\n`)
    const flags = ['--r1cs', '--sym', '--O0']
    const system = await readR1cs(await compileCircuit('alias', folder, aliasCheck, { sources, flags }))
    const { steps, open } = propagate(system, () => false)
    if (open.length > 0) throw new Error('The alias check does not follow from its bits.')
    const below = spread(0n, FIELD_ORDER - 1n)
    const above = spread(FIELD_ORDER, (1n << 254n) - 1n)
    for (const number of [...below, ...above]) {
      const bits = Array.from({ length: 254 }, (_, i) => (number >> BigInt(i)) & 1n)
      if (isSatisfiable(system, steps, { in: bits }) !== number < FIELD_ORDER) {
        throw new Error(`The alias check judges ${number} wrongly.`)
      }
    }
    return below.length + above.length
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Both limits and their neighbours, and numbers at equal distances between. */
function spread(from: bigint, to: bigint): bigint[] {
  const between = Array.from(
    { length: Number(SAMPLES) },
    (_, i) => from + ((to - from) * BigInt(i + 1)) / (SAMPLES + 1n),
  )
  return [from, from + 1n, ...between, to - 1n, to]
}
