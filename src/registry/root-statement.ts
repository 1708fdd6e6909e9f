import { sha256 } from '@noble/hashes/sha2.js'
import { z } from 'zod'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { zSeconds } from '../protocol/field.ts'
import { jcsBytes } from '../protocol/jcs.ts'
import { assertThreshold } from './assert-threshold.ts'
import { type Genesis, registryId, zRegistryId } from './genesis.ts'
import { zFieldText, zHash, zSeq } from './parse-document.ts'
import { zSignature } from './sign-document.ts'

/** How far a witness's clock may be ahead of a reader's, in seconds. */
export const CLOCK_SKEW_SECONDS = 120

/**
 * What witnesses sign each interval, changed or not: the root that trust list and status lists give. `seq` counts from 1
 * without gaps; `atOnce` ends every earlier root with grace 0 (a suspension, an emergency removal).
 */
export const zRootStatement = z.strictObject({
  type: z.literal('AssayRegistryRoot'),
  registryId: zRegistryId,
  chain: z.literal('none'),
  seq: zSeq,
  logHead: zHash,
  root: zFieldText,
  atOnce: z.boolean(),
  issuedAt: zSeconds,
  signatures: z.array(zSignature).min(1).max(64),
})
export type RootStatement = z.output<typeof zRootStatement>

/** @throws AssayError `registryInvalid` (another registry), `notEnoughSignatures` */
export async function assertStatement(
  statement: RootStatement,
  genesis: Genesis,
  resolveKeys: ResolveKeys,
): Promise<void> {
  if (statement.registryId !== registryId(genesis)) {
    throw new AssayError('registryInvalid', 'The root statement is of another registry')
  }
  await assertThreshold(statement, statement.signatures, genesis.witnesses, genesis.witnessThreshold, resolveKeys)
}

/**
 * SHA-256 of the whole statement, signatures included (32 bytes): a public value that nobody but the witnesses could know
 * before. Timed challenges take it as their beacon.
 */
export function statementHash(statement: RootStatement): Uint8Array {
  return sha256(jcsBytes(statement))
}

/** Whether a statement of that time shows, at `now`, that the registry is alive: younger than maxAge, not from the future. */
export function isFresh(
  issuedAt: number,
  now: number,
  maxAgeSeconds: number,
  skewSeconds = CLOCK_SKEW_SECONDS,
): boolean {
  return now - issuedAt < maxAgeSeconds && issuedAt - now <= skewSeconds
}
