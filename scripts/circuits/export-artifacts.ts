import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { zKey } from 'snarkjs'
import { circuitIdOf } from '../../src/protocol/circuit-id.ts'
import type { CeremonyRecord } from './ceremony-record.ts'
import { zCeremonyRecord } from './ceremony-record.ts'
import { findCircuit } from './circuit-list.ts'
import { type Compiled, compilerFlags, compilerVersion } from './compile-circuit.ts'
import { compress } from './compressed.ts'
import { hashBytes, hashFile } from './hash-file.ts'
import { circomlibVersion, hashSources } from './hash-sources.ts'
import { artifactPaths, artifactsFolder } from './paths.ts'
import type { PowersOfTau } from './powers-of-tau.ts'
import { readKeyRecord } from './read-key-record.ts'

/** The verification key of a proving key, as the text that is committed. */
export async function exportVerificationKey(zkey: Uint8Array): Promise<string> {
  return `${JSON.stringify(await zKey.exportVerificationKey(zkey), null, 1)}\n`
}

/** Makes a compiled circuit and a proving key the committed ones, with their ceremony record, which is returned. */
export async function exportArtifacts(
  name: string,
  compiled: Compiled,
  zkey: Uint8Array,
  powersOfTau: PowersOfTau,
  label: CeremonyRecord['label'],
): Promise<CeremonyRecord> {
  const paths = artifactPaths(name)
  await mkdir(artifactsFolder, { recursive: true })
  const verificationKey = await exportVerificationKey(zkey)
  await replaceFile(paths.vkey, (path) => writeFile(path, verificationKey))
  const wasm = await readFile(compiled.wasm)
  await replaceFile(paths.wasm, (path) => writeFile(path, compress(wasm)))
  await replaceFile(paths.zkey, (path) => writeFile(path, compress(zkey)))
  const version = await compilerVersion()
  const record: CeremonyRecord = {
    circuit: name,
    id: circuitIdOf(JSON.parse(verificationKey), label),
    label,
    constraints: compiled.constraints,
    publicSignals: findCircuit(name).publicSignals,
    compiler: {
      package: `circom2 ${version.package}`,
      circom: version.circom,
      flags: compilerFlags,
      circomlib: await circomlibVersion(),
    },
    files: {
      r1cs: await hashFile(compiled.r1cs),
      wasm: hashBytes(wasm),
      zkey: hashBytes(zkey),
      vkey: await hashFile(paths.vkey),
    },
    sources: await hashSources(name),
    powersOfTau,
    ...(await readKeyRecord(zkey)),
  }
  zCeremonyRecord.parse(record)
  await replaceFile(paths.record, (path) => writeFile(path, `${JSON.stringify(record, null, 2)}\n`))
  return record
}

/** Writes beside the file and renames, so that a reader never sees half a file. */
async function replaceFile(path: string, write: (path: string) => Promise<void>): Promise<void> {
  await write(`${path}.new`)
  await rename(`${path}.new`, path)
}
