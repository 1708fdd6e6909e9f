import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { circuitIdOf, zKeyLabel } from '../protocol/circuit-id.ts'
import { artifactCorrupt, openArtifact } from '../protocol/open-artifact.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** What is needed of a key's ceremony record here. The rest, its contributions, is for whoever loads the key. */
const zRecord = z.looseObject({
  circuit: z.string(),
  id: sha256,
  label: zKeyLabel,
  constraints: z.int().min(1),
  files: z.object({ wasm: sha256, zkey: sha256, vkey: sha256 }),
})
export type CircuitRecord = z.output<typeof zRecord>

export interface VerifyingArtifacts {
  record: CircuitRecord
  /** snarkjs' verification key. With the record's label it hashes to `record.id` (`circuitIdOf`). */
  verificationKey: unknown
}

export interface ProvingArtifacts {
  record: CircuitRecord
  wasm: Uint8Array
  zkey: Uint8Array
}

/** The committed artifacts, found from `src/storage` and from `dist/storage` alike. */
export const artifactsFolder = new URL('../../circuits/artifacts/', import.meta.url)

/**
 * The ceremony record and verification key of a circuit.
 * @throws AssayError `artifactCorrupt` when a file is missing or does not have the hash that the record states
 */
export async function loadVerifyingArtifacts(
  name = 'presentation',
  folder: URL = artifactsFolder,
): Promise<VerifyingArtifacts> {
  const record = await loadRecord(name, folder)
  const bytes = await loadFile(`${name}.vkey.json`, folder, record.files.vkey)
  const verificationKey: unknown = JSON.parse(new TextDecoder().decode(bytes))
  if (circuitIdOf(verificationKey, record.label) !== record.id)
    throw artifactCorrupt(`${name}.vkey.json`, "with the record's label, its hash is not the circuit's id")
  return { record, verificationKey }
}

/**
 * What proving takes: the circuit's WebAssembly and its proving key (8 MB in gzip, about 20 decompressed).
 * @throws AssayError `artifactCorrupt` when a file is missing or does not have the hash that the record states
 */
export async function loadProvingArtifacts(
  name = 'presentation',
  folder: URL = artifactsFolder,
): Promise<ProvingArtifacts> {
  const record = await loadRecord(name, folder)
  const [wasm, zkey] = await Promise.all([
    loadFile(`${name}.wasm.gz`, folder, record.files.wasm),
    loadFile(`${name}.zkey.gz`, folder, record.files.zkey),
  ])
  return { record, wasm, zkey }
}

async function loadRecord(name: string, folder: URL): Promise<CircuitRecord> {
  const file = `${name}.json`
  const text = (await readArtifact(file, folder)).toString('utf8')
  try {
    return zRecord.parse(JSON.parse(text))
  } catch (cause) {
    throw artifactCorrupt(file, 'it is not a ceremony record', cause)
  }
}

async function loadFile(file: string, folder: URL, expected: string): Promise<Uint8Array> {
  return openArtifact(file, await readArtifact(file, folder), expected)
}

async function readArtifact(file: string, folder: URL): Promise<Buffer> {
  try {
    return await readFile(new URL(file, folder))
  } catch (cause) {
    throw artifactCorrupt(file, 'it cannot be read', cause)
  }
}
