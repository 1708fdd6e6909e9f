import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { RandomBytes } from '../../src/protocol/effects.ts'

/** Bytes that look random and are the same in every run. */
export function seededRandom(seed: string): RandomBytes {
  let block = 0
  return (length) => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, () => sha256(utf8ToBytes(`${seed}:${block++}`)))
    return concatBytes(...blocks).slice(0, length)
  }
}
