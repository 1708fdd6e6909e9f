import { sha256 } from '@noble/hashes/sha2.js'
import * as z from 'zod'
import { zCanonicalDid } from '../protocol/canonical-did.ts'
import { zListNumber } from '../protocol/credential.ts'
import { zSeconds } from '../protocol/field.ts'
import { jcsBytes } from '../protocol/jcs.ts'
import { zRegistryId } from './genesis.ts'
import { zFieldText, zHash, zIntervalNumber, zSeq, zSub } from './parse-document.ts'
import { zWitnessSignature } from './sign-root.ts'

/** How far clocks may differ, in seconds. */
export const CLOCK_SKEW_SECONDS = 120

/** What asked for an urgent root: a log entry, or an issuer's status update. */
export const zCause = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('entry'), seq: zSeq }),
  z.strictObject({ type: z.literal('update'), issuer: zCanonicalDid, list: zListNumber, seq: zSeq }),
])
export type Cause = z.output<typeof zCause>

/**
 * What witnesses sign each interval, changed or not: the root of a cut. Root `number` is of the cut that closed the interval
 * before, and holds in the intervals `number` and `number + 1`. `sub` > 0 marks an urgent root, which ends the earlier ones
 * and names what asked for it.
 */
export const zRootStatement = z
  .strictObject({
    type: z.literal('AssayRegistryRoot'),
    registryId: zRegistryId,
    chain: z.literal('none'),
    number: zIntervalNumber,
    sub: zSub,
    cut: zHash,
    cause: zCause.nullable(),
    logHead: zHash,
    root: zFieldText,
    issuedAt: zSeconds,
    signatures: z.array(zWitnessSignature).min(1).max(64),
  })
  .refine(({ sub, cause }) => (sub === 0) === (cause === null), 'an urgent root, and no other, names its cause')
export type RootStatement = z.output<typeof zRootStatement>

/**
 * SHA-256 of the whole statement, signatures included (32 bytes): a public value that nobody but the witnesses could know
 * before. Timed challenges take it as their beacon.
 */
export function statementHash(statement: RootStatement): Uint8Array {
  return sha256(jcsBytes(statement))
}
