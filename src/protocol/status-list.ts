import { gunzipSync, gzipSync } from 'fflate'
import { fromBase64url, toBase64url } from './bytes.ts'
import { AssayError } from './errors.ts'
import { layersRoot, merkleLayers, merklePath, type NodeHash } from './merkle.ts'

/** Bits of a status list: W3C Bitstring Status List's minimum, and what the circuit's tree holds. */
export const STATUS_LIST_BITS = 131_072
const BYTES = STATUS_LIST_BITS / 8
const WORD_BITS = 128
const DEPTH = 10

/** An empty list: nothing is revoked. 16,384 bytes; index 0 is the left-most bit (W3C Bitstring Status List, 2.2). */
export function emptyStatusList(): Uint8Array {
  return new Uint8Array(BYTES)
}

/** Whether the bit of a status index is set. */
export function isRevoked(list: Uint8Array, index: number): boolean {
  return (list[byteOf(index)]! & maskOf(index)) !== 0
}

/** A copy of the list with the bit of a status index set. */
export function revokeIndex(list: Uint8Array, index: number): Uint8Array {
  const copy = list.slice()
  copy[byteOf(index)]! |= maskOf(index)
  return copy
}

/** The list as W3C's `encodedList`: multibase base64url (prefix `u`) of the gzipped bits. Deterministic. */
export function encodeStatusList(list: Uint8Array): string {
  assertLength(list)
  return `u${toBase64url(gzipSync(list, { level: 9, mtime: 0 }))}`
}

/** Decodes `encodedList`. @throws AssayError `malformed`. A list that would unpack to another size is refused unread. */
export function decodeStatusList(encoded: string): Uint8Array {
  try {
    if (!encoded.startsWith('u')) throw new Error('The multibase prefix of base64url is u')
    const packed = fromBase64url(encoded.slice(1))
    // The last four bytes of gzip state the size: checked first, so that a bomb is not unpacked.
    const stated = new DataView(packed.buffer, packed.byteOffset + packed.length - 4).getUint32(0, true)
    if (stated !== BYTES) throw new RangeError(`A status list has ${BYTES} bytes`)
    // One byte more than is right, so that a list which lies about its size shows.
    const list = gunzipSync(packed, { out: new Uint8Array(BYTES + 1) })
    assertLength(list)
    return list
  } catch (cause) {
    throw new AssayError('malformed', 'The encoded status list is not a gzipped bitstring of 131,072 bits', {}, cause)
  }
}

/**
 * The list as 1,024 words of 128 bits: bit `index` is the bit of value 2^j of word w, index = 128·w + j. Raw words are
 * the leaves of the circuit's tree.
 */
export function statusWords(list: Uint8Array): bigint[] {
  assertLength(list)
  return Array.from({ length: STATUS_LIST_BITS / WORD_BITS }, (_, w) => {
    let word = 0n
    for (let j = WORD_BITS - 1; j >= 0; j--) word = (word << 1n) | (isRevoked(list, w * WORD_BITS + j) ? 1n : 0n)
    return word
  })
}

/** The Poseidon root of a list (depth 10). */
export function statusRoot(list: Uint8Array, hash?: NodeHash): bigint {
  return layersRoot(merkleLayers(statusWords(list), DEPTH, hash))
}

/** What the circuit needs to see one bit: the word that holds it and the word's siblings. */
export function statusPath(list: Uint8Array, index: number, hash?: NodeHash): { word: bigint; siblings: bigint[] } {
  const words = statusWords(list)
  const leaf = Math.floor(index / WORD_BITS)
  byteOf(index)
  return { word: words[leaf]!, siblings: merklePath(merkleLayers(words, DEPTH, hash), leaf) }
}

function byteOf(index: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= STATUS_LIST_BITS) {
    throw new RangeError(`A status index lies in [0, ${STATUS_LIST_BITS}), got ${index}`)
  }
  return index >> 3
}

const maskOf = (index: number): number => 0x80 >> (index & 7)

function assertLength(list: Uint8Array): void {
  if (list.length !== BYTES) throw new RangeError(`A status list has ${BYTES} bytes, got ${list.length}`)
}
