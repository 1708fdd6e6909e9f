import * as z from 'zod'
import { zCanonicalDid } from '../protocol/canonical-did.ts'
import { zSchemaUri } from '../protocol/claim-schemas.ts'
import { zListNumber } from '../protocol/credential.ts'
import { zSeconds } from '../protocol/field.ts'
import { jcsHash } from '../protocol/jcs.ts'
import { zSourceCap } from '../protocol/sources.ts'
import { STATUS_LIST_BITS } from '../protocol/status-list.ts'
import { zShownText } from '../protocol/text.ts'
import { zRegistryId } from './genesis.ts'
import { zProofOfPossession } from './key-possession.ts'
import { zHash, zIntervalNumber, zPointText, zSeq } from './parse-document.ts'
import { REGISTRY_SLOTS } from './registry-tree.ts'
import { signedBytes, zDocumentSignature } from './sign-document.ts'

/** Status indices, each named once, ascending. */
const zBits = z
  .array(
    z
      .int()
      .min(0)
      .max(STATUS_LIST_BITS - 1),
  )
  .min(1)
  .max(1024)
  .refine((bits) => bits.every((bit, i) => i === 0 || bit > bits[i - 1]!), 'must ascend')

/** A leaf's place in the registry tree. */
export const zSlot = z
  .int()
  .min(0)
  .max(REGISTRY_SLOTS - 1)

/**
 * What a log entry does. `trust` and `rotate` append a leaf; `remove` empties one for good (`atOnce` after a compromise:
 * older roots end at once, and the key never comes back); `suspend` empties it until `reinstate`; `clearRevocations` lets
 * the issuer's status update of exactly that sequence number clear exactly these bits; `publishUrgently` asks for an urgent
 * root; `voidNumber` takes back a root that a wrong clock produced before its time.
 */
export const zAction = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('trust'),
    issuer: zCanonicalDid,
    key: zPointText,
    schema: zSchemaUri,
    list: zListNumber,
    sourceCap: zSourceCap,
    proofOfPossession: zProofOfPossession,
  }),
  z.strictObject({ type: z.literal('remove'), slot: zSlot, atOnce: z.boolean() }),
  z.strictObject({ type: z.literal('suspend'), slot: zSlot }),
  z.strictObject({ type: z.literal('reinstate'), slot: zSlot }),
  z.strictObject({
    type: z.literal('rotate'),
    slot: zSlot,
    key: zPointText,
    proofOfPossession: zProofOfPossession,
  }),
  z.strictObject({
    type: z.literal('clearRevocations'),
    issuer: zCanonicalDid,
    list: zListNumber,
    seq: zSeq,
    bits: zBits,
  }),
  z.strictObject({ type: z.literal('publishUrgently'), reason: zShownText(200) }),
  z.strictObject({ type: z.literal('voidNumber'), number: zIntervalNumber }),
])
export type Action = z.output<typeof zAction>

/**
 * One change of the trust list, signed by governors. `seq` counts from 1; `previous` is the hash of the entry before, or
 * the registry id in the first: the entries form a chain.
 */
export const zLogEntry = z.strictObject({
  type: z.literal('AssayRegistryEntry'),
  registryId: zRegistryId,
  chain: z.literal('none'),
  seq: zSeq,
  previous: zHash,
  issuedAt: zSeconds,
  action: zAction,
  signatures: z.array(zDocumentSignature).min(1).max(64),
})
export type LogEntry = z.output<typeof zLogEntry>

/** Hash of what the governors signed. Signatures are left out, so that another valid set of them is no other entry. */
export function entryHash(entry: LogEntry): string {
  const { signatures: _, ...body } = entry
  return jcsHash(body)
}

/** Whether two entries are the same to the log: the same signed bytes. */
export function isSameDocument(a: object, b: object): boolean {
  const [left, right] = [signedBytes(a), signedBytes(b)]
  return left.length === right.length && left.every((byte, i) => byte === right[i])
}

/** Whether an entry asks for an urgent root, which ends the earlier ones. */
export function isUrgent({ action }: LogEntry): boolean {
  return URGENT.includes(action.type) || (action.type === 'remove' && action.atOnce)
}

const URGENT: readonly Action['type'][] = ['suspend', 'publishUrgently', 'voidNumber']

/** GET /v1/registry/log: everything that anyone needs to replay the trust list. */
export const zRegistryLog = z.strictObject({
  registryId: zRegistryId,
  entries: z.array(zLogEntry).max(100_000),
})
export type RegistryLog = z.output<typeof zRegistryLog>
