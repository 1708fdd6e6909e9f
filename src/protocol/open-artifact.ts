import { AssayError } from './errors.ts'

/** No artifact is larger; bytes that decompress to more are not one. */
const MAX_BYTES = 2 ** 26

/**
 * The content of a circuit artifact that is kept in gzip (`assay/circuits/NAME.wasm.gz`, `NAME.zkey.gz`). Uncompressed
 * bytes are taken too: some servers make `fetch` decompress such a file.
 * @param file its name, for errors
 * @param sha256 the content's hash in the ceremony record
 * @throws AssayError `artifactCorrupt`
 */
export async function openArtifact(file: string, bytes: Uint8Array, sha256: string): Promise<Uint8Array> {
  const content = isGzip(bytes) ? await decompress(file, bytes) : bytes
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>))
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
  if (hex !== sha256) throw artifactCorrupt(file, 'its hash is not the recorded one')
  return content
}

/** The error of an artifact that cannot be used. */
export function artifactCorrupt(file: string, reason: string, cause?: unknown): AssayError {
  return new AssayError('artifactCorrupt', `The circuit artifact ${file} cannot be used: ${reason}`, { file }, cause)
}

function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b
}

async function decompress(file: string, bytes: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'))
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const chunk = next.value as Uint8Array
      length += chunk.length
      if (length > MAX_BYTES) throw new RangeError(`An artifact has at most ${MAX_BYTES} bytes`)
      chunks.push(chunk)
    }
  } catch (cause) {
    await reader.cancel().catch(() => {})
    throw artifactCorrupt(file, 'it cannot be decompressed', cause)
  }
  const content = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    content.set(chunk, at)
    at += chunk.length
  }
  return content
}
