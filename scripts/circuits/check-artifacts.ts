import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { readCeremonyRecord } from './ceremony-record.ts'
import { findCircuit } from './circuit-list.ts'
import { compileCircuit, compilerFlags, compilerVersion } from './compile-circuit.ts'
import { circuitId, exportVerificationKey } from './export-artifacts.ts'
import { hashFile } from './hash-file.ts'
import { circomlibVersion, hashSources } from './hash-sources.ts'
import { artifactPaths, buildFolder } from './paths.ts'
import { readKeyRecord } from './read-key-record.ts'
import { step } from './say.ts'

/**
 * Shows that the committed artifacts come from the committed sources: recompiles, and compares constraint system,
 * WebAssembly, the key's own record and its verification key with what the ceremony record says. That the key follows
 * from the powers of tau is the full check's business. Throws with one sentence that names what differs.
 */
export async function checkArtifacts(name: string): Promise<void> {
  const paths = artifactPaths(name)
  const record = await readCeremonyRecord(name)
  const check = (what: string, actual: unknown, recorded: unknown): void => {
    if (!isDeepStrictEqual(actual, recorded))
      throw new Error(
        `${what} of ${name} differs from the ceremony record: ${show(actual)}, recorded ${show(recorded)}.`,
      )
  }

  await step('Hashing sources and artifacts', async () => {
    check('The circuit name', name, record.circuit)
    const sources = await hashSources()
    for (const file of new Set([...Object.keys(sources), ...Object.keys(record.sources)]))
      check(`The source ${file}`, sources[file], record.sources[file])
    for (const kind of ['wasm', 'zkey', 'vkey'] as const)
      check(`The committed ${kind}`, await hashFile(paths[kind]), record.files[kind])
  })

  await step('Compiling again', async () => {
    const version = await compilerVersion()
    check('The compiler', `circom2 ${version.package}`, record.compiler.package)
    check('The compiler version', version.circom, record.compiler.circom)
    check('The list of compiler flags', compilerFlags, record.compiler.flags)
    check('The circomlib', await circomlibVersion(), record.compiler.circomlib)
    const compiled = await compileCircuit(name, join(buildFolder, 'check'))
    check('The number of constraints', compiled.constraints, record.constraints)
    check('The compiled r1cs', await hashFile(compiled.r1cs), record.files.r1cs)
    check('The compiled wasm', await hashFile(compiled.wasm), record.files.wasm)
    check('The list of public signals', findCircuit(name).publicSignals, record.publicSignals)
  })

  await step('Reading the proving key', async () => {
    const { circuitHash, contributions } = await readKeyRecord(paths.zkey)
    check('The circuit hash in the proving key', circuitHash, record.circuitHash)
    check('The list of contributions in the proving key', contributions, record.contributions)
    const committed = await readFile(paths.vkey, 'utf8')
    if ((await exportVerificationKey(paths.zkey)) !== committed)
      throw new Error(`The committed verification key of ${name} is not the one in its proving key.`)
    check('The circuit id', circuitId(JSON.parse(committed)), record.id)
  })
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value)
}
