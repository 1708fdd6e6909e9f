import { readFile } from 'node:fs/promises'
import { gunzipSync, gzipSync } from 'node:zlib'

/*
 * WebAssembly and proving key are committed and published in gzip, which browsers can decompress: 20 MB would be 8. The
 * record's hashes are over the content, so that how it was compressed does not matter.
 */

/** The content of an artifact: that of a file whose name ends in `.gz` comes decompressed. */
export async function readArtifact(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path)
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
}

/** Bytes as a file whose name ends in `.gz` holds them. */
export function compress(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 9 })
}
