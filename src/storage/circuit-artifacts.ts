import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { z } from 'zod'
import { circuitIdOf, zKeyLabel } from '../protocol/circuit-id.ts'
import { AssayError } from '../protocol/errors.ts'

/** No artifact is larger; a file that decompresses to more is not one. */
const MAX_BYTES = 2 ** 26

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
  const verificationKey: unknown = JSON.parse(bytes.toString('utf8'))
  if (circuitIdOf(verificationKey, record.label) !== record.id)
    throw corrupt(`${name}.vkey.json`, "with the record's label, its hash is not the circuit's id")
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
    loadCompressed(`${name}.wasm.gz`, folder, record.files.wasm),
    loadCompressed(`${name}.zkey.gz`, folder, record.files.zkey),
  ])
  return { record, wasm, zkey }
}

async function loadRecord(name: string, folder: URL): Promise<CircuitRecord> {
  const file = `${name}.json`
  const text = (await readArtifact(file, folder)).toString('utf8')
  try {
    return zRecord.parse(JSON.parse(text))
  } catch (cause) {
    throw corrupt(file, 'it is not a ceremony record', cause)
  }
}

async function loadFile(file: string, folder: URL, expected: string): Promise<Buffer> {
  return checkHash(file, await readArtifact(file, folder), expected)
}

/** The hash is over the content, so that how it was compressed does not matter. */
async function loadCompressed(file: string, folder: URL, expected: string): Promise<Buffer> {
  const compressed = await readArtifact(file, folder)
  const content = await promisify(gunzip)(compressed, { maxOutputLength: MAX_BYTES }).catch((cause: unknown) => {
    throw corrupt(file, 'it cannot be decompressed', cause)
  })
  return checkHash(file, content, expected)
}

function checkHash(file: string, bytes: Buffer, expected: string): Buffer {
  if (hash(bytes) !== expected) throw corrupt(file, 'its hash is not the recorded one')
  return bytes
}

async function readArtifact(file: string, folder: URL): Promise<Buffer> {
  try {
    return await readFile(new URL(file, folder))
  } catch (cause) {
    throw corrupt(file, 'it cannot be read', cause)
  }
}

function hash(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

function corrupt(file: string, reason: string, cause?: unknown): AssayError {
  return new AssayError('artifactCorrupt', `The circuit artifact ${file} cannot be used: ${reason}`, { file }, cause)
}
