import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { circuitIdOf } from '../../src/protocol/circuit-id.ts'
import { loadVerificationKey } from '../../src/verifier/load-key.ts'
import { type CeremonyRecord, readCeremonyRecord } from './ceremony-record.ts'
import { findCircuit } from './circuit-list.ts'
import { type Compiled, compileCircuit, compilerFlags, compilerVersion } from './compile-circuit.ts'
import { readArtifact } from './compressed.ts'
import { exportVerificationKey } from './export-artifacts.ts'
import { hashBytes, hashFile } from './hash-file.ts'
import { circomlibVersion, hashSources } from './hash-sources.ts'
import { artifactPaths, artifactsFolder, buildFolder } from './paths.ts'
import { readKeyRecord } from './read-key-record.ts'
import { step } from './say.ts'

/**
 * Shows that the committed artifacts come from the committed sources: recompiles, and compares constraint system,
 * WebAssembly, the key's own record and its verification key with what the ceremony record says. That the key follows
 * from the powers of tau is the full check's business. Throws with one sentence that names what differs. Returns what was
 * compiled.
 */
export async function checkArtifacts(name: string): Promise<Compiled> {
  const record = await readCeremonyRecord(name)
  if (record.circuit !== name) throw new Error(`The ceremony record of ${name} is that of ${record.circuit}.`)
  await step('Hashing sources and artifacts', () => checkHashes(record, artifactsFolder))
  const compiled = await step('Compiling again', () => checkCompilation(record))
  await step('Reading the proving key', () => checkKey(record, artifactsFolder))
  return compiled
}

/** Sources and artifacts are the recorded ones. */
export async function checkHashes(record: CeremonyRecord, folder: string): Promise<void> {
  const sources = await hashSources(record.circuit)
  for (const file of new Set([...Object.keys(sources), ...Object.keys(record.sources)]))
    compare(record, `The source ${file}`, sources[file], record.sources[file])
  for (const kind of ['wasm', 'zkey', 'vkey'] as const)
    compare(
      record,
      `The committed ${kind}`,
      hashBytes(await readArtifact(artifactPaths(record.circuit, folder)[kind])),
      record.files[kind],
    )
}

/** The sources compile to the recorded bytes. */
export async function checkCompilation(record: CeremonyRecord): Promise<Compiled> {
  const version = await compilerVersion()
  compare(record, 'The compiler', `circom2 ${version.package}`, record.compiler.package)
  compare(record, 'The compiler version', version.circom, record.compiler.circom)
  compare(record, 'The list of compiler flags', compilerFlags, record.compiler.flags)
  compare(record, 'The circomlib', await circomlibVersion(), record.compiler.circomlib)
  const compiled = await compileCircuit(record.circuit, join(buildFolder, 'check'))
  compare(record, 'The number of constraints', compiled.constraints, record.constraints)
  compare(record, 'The compiled r1cs', await hashFile(compiled.r1cs), record.files.r1cs)
  compare(record, 'The compiled wasm', await hashFile(compiled.wasm), record.files.wasm)
  compare(record, 'The list of public signals', findCircuit(record.circuit).publicSignals, record.publicSignals)
  return compiled
}

/** The proving key holds the recorded contributions and the committed verification key. */
export async function checkKey(record: CeremonyRecord, folder: string): Promise<void> {
  const paths = artifactPaths(record.circuit, folder)
  const zkey = await readArtifact(paths.zkey)
  const { circuitHash, contributions } = await readKeyRecord(zkey)
  compare(record, 'The circuit hash in the proving key', circuitHash, record.circuitHash)
  compare(record, 'The list of contributions in the proving key', contributions, record.contributions)
  const committed = await readFile(paths.vkey, 'utf8')
  if ((await exportVerificationKey(zkey)) !== committed)
    throw new Error(`The committed verification key of ${record.circuit} is not the one in its proving key.`)
  const key: unknown = JSON.parse(committed)
  compare(record, 'The circuit id', circuitIdOf(key, record.label), record.id)
  // the contributions lead to the key's delta
  await loadVerificationKey({ key, record, circuit: record.id, production: false })
}

function compare({ circuit }: CeremonyRecord, what: string, actual: unknown, recorded: unknown): void {
  if (isDeepStrictEqual(actual, recorded)) return
  throw new Error(
    `${what} of ${circuit} differs from the ceremony record: ${show(actual)}, recorded ${show(recorded)}.`,
  )
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value)
}
