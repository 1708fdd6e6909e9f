import * as z from 'zod'
import { artifactCorrupt, openArtifact, zHex32 } from '../protocol/index.ts'

/** What proving takes, as the package exports it: `assay/circuits/NAME.json`, `NAME.wasm.gz`, `NAME.zkey.gz`. */
export interface PublishedArtifacts {
  record: unknown
  wasm: Uint8Array
  zkey: Uint8Array
}

const zRecord = z.object({ circuit: z.string(), files: z.object({ wasm: zHex32, zkey: zHex32 }) })

/**
 * Decompresses a circuit's WebAssembly and proving key, for `createProver`, in Node as in browsers (there in a secure
 * context alone). Both have the hashes in the record; that the record is the right one is for the caller to make sure.
 * @throws AssayError `artifactCorrupt`
 */
export async function readProverArtifacts({ record, wasm, zkey }: PublishedArtifacts) {
  const parsed = zRecord.safeParse(record)
  if (!parsed.success) throw artifactCorrupt('record', 'it is not a ceremony record', parsed.error)
  const { circuit, files } = parsed.data
  return {
    wasm: await openArtifact(`${circuit}.wasm.gz`, wasm, files.wasm),
    zkey: await openArtifact(`${circuit}.zkey.gz`, zkey, files.zkey),
  }
}
