import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import type { Circuit } from './circuit-list.ts'
import { findCircuit } from './circuit-list.ts'
import { circuitsFolder, root } from './paths.ts'

/** Flags of the compiler that decide what comes out: recorded with the key. */
export const compilerFlags = ['--r1cs', '--wasm', '--sym', '--O2']

export type Compiled = { r1cs: string; wasm: string; sym: string; constraints: number }

/** Version of the compiler package, and of the circom in it. */
export async function compilerVersion(): Promise<{ package: string; circom: string }> {
  const { stdout } = await runCompiler(['--version'])
  const circom = stdout.match(/circom compiler ([0-9.]+)/)?.[1]
  const packaged = stdout.match(/circom2 npm package ([0-9.]+)/)?.[1]
  if (circom === undefined || packaged === undefined) throw new Error(`circom2 tells no version: ${stdout}`)
  return { package: packaged, circom }
}

/**
 * Compiles a circuit, one of circuits.json unless another is given, into `folder` (below the repository root) and returns
 * the files' paths. An audit compiles changed `sources`, with other `flags`.
 * The same sources always give the same bytes, wherever the repository lies. Throws with the compiler's words when it
 * refuses, or when the circuit has outgrown its limit.
 */
export async function compileCircuit(
  name: string,
  folder: string,
  circuit: Circuit = findCircuit(name),
  { sources = circuitsFolder, flags = compilerFlags }: { sources?: string; flags?: readonly string[] } = {},
): Promise<Compiled> {
  await mkdir(folder, { recursive: true })
  const main = join(folder, `${name}.circom`)
  await writeFile(main, mainComponent(circuit, relative(folder, sources)))
  const { stdout } = await runCompiler([relative(root, main), ...flags, '-o', relative(root, folder)])
  const constraints = countConstraints(stdout)
  if (constraints > circuit.maxConstraints)
    throw new Error(`${name} has ${constraints} constraints; its limit is ${circuit.maxConstraints}.`)
  return {
    r1cs: join(folder, `${name}.r1cs`),
    wasm: join(folder, `${name}_js`, `${name}.wasm`),
    sym: join(folder, `${name}.sym`),
    constraints,
  }
}

function mainComponent(circuit: Circuit, toCircuits: string): string {
  return [
    'pragma circom 2.1.6;',
    `include "${toCircuits}/${circuit.file}";`,
    `component main {public [${circuit.publicInputs.join(', ')}]} = ${circuit.template}(${circuit.parameters.join(', ')});`,
    '',
  ].join('\n')
}

async function runCompiler(args: string[]): Promise<{ stdout: string }> {
  const cli = createRequire(import.meta.url).resolve('circom2/cli.js')
  try {
    return await promisify(execFile)(process.execPath, ['--no-warnings', cli, ...args], { cwd: root })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`circom2 refused: ${stdout}${stderr}`, { cause: error })
  }
}

function countConstraints(stdout: string): number {
  const counts = [...stdout.matchAll(/linear constraints.*?: (\d+)/g)].map((match) => Number(match[1]))
  if (counts.length !== 2) throw new Error(`circom2 tells no number of constraints: ${stdout}`)
  return counts.reduce((sum, count) => sum + count, 0)
}
