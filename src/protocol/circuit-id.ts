import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import * as z from 'zod'
import { jcsBytes } from './jcs.ts'

/** What a key is fit for, as its ceremony record says. Verifiers refuse `development` keys in production. */
export const zKeyLabel = z.enum(['development', 'production'])
export type KeyLabel = z.output<typeof zKeyLabel>

/**
 * The id by which requests and presentations name a circuit and its key: SHA-256 of `{ key, label }` in canonical JSON, hex,
 * where `key` is the verification key. Who pins the id pins the label too, so that no record makes a development key pass
 * for another.
 */
export function circuitIdOf(key: unknown, label: KeyLabel): string {
  return bytesToHex(sha256(jcsBytes({ key, label })))
}
