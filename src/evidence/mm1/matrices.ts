import { chacha8 } from '@noble/ciphers/chacha.js'
import { numberToBytesBE } from '@noble/curves/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { ENTRY_MASK } from './parameters.ts'

/** Which matrix a ChaCha8 stream is for. */
export const MATRIX_A = 1
export const MATRIX_B = 2

export interface SeedInputs {
  /** 32 bytes, drawn by the issuer for this challenge. */
  nonce: Uint8Array
  /** 32 bytes: the hash of the newest witness-signed registry root. */
  beacon: Uint8Array
  /** The agent's Ed25519 public key, 32 bytes. */
  agentKey: Uint8Array
  device: bigint
}

/** seedA = SHA256(utf8("mm1") ‖ nonce ‖ beacon ‖ agent key ‖ device as 32 bytes, big-endian). */
export function deriveSeedA({ nonce, beacon, agentKey, device }: SeedInputs): Uint8Array {
  for (const [name, bytes] of Object.entries({ nonce, beacon, agentKey })) {
    if (bytes.length !== 32) throw new RangeError(`The ${name} must have 32 bytes, got ${bytes.length}`)
  }
  return sha256(concatBytes(utf8ToBytes('mm1'), nonce, beacon, agentKey, numberToBytesBE(device, 32)))
}

/**
 * `count` 32-bit words of the ChaCha8 stream of a seed (RFC 8439's layout with 8 rounds: the key is the seed, the 12-byte
 * nonce the stream's id as u32 little-endian and eight zero bytes, the counter starts at 0), each read little-endian,
 * from word `first`, which must be a multiple of 16 (one block).
 */
export function streamWords(seed: Uint8Array, id: number, first: number, count: number): Uint32Array {
  if (first % 16 !== 0) throw new RangeError(`A stream can be entered at a multiple of 16 words, got ${first}`)
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setUint32(0, id, true)
  const bytes = new Uint8Array(count * 4)
  chacha8(seed, nonce, bytes, bytes, first / 16)
  const view = new DataView(bytes.buffer)
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true))
}

/** Rows of the n × n matrix with that seed and id, row-major: entry = stream word & 511. */
export function matrixRows(seed: Uint8Array, id: number, n: number, firstRow: number, rows: number): Uint16Array {
  return Uint16Array.from(streamWords(seed, id, firstRow * n, rows * n), (word) => word & ENTRY_MASK)
}
