import * as z from 'zod'
import { zCanonicalDid } from '../protocol/canonical-did.ts'
import { zSchemaUri } from '../protocol/claim-schemas.ts'
import { zListNumber } from '../protocol/credential.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { jcsHash } from '../protocol/jcs.ts'
import { decodeStatusList, emptyStatusList, encodeStatusList } from '../protocol/status-list.ts'
import { assertThreshold } from './assert-threshold.ts'
import { zRegistryId } from './genesis.ts'
import { zSeq } from './parse-document.ts'
import { type Signer, signDocument, zDocumentSignature } from './sign-document.ts'
import { clearanceKey, type TrustList } from './trust-list.ts'

/**
 * A status list's bytes, signed by its issuer. `seq` counts up; gaps are fine, up to a bound. 131,072 bits pack into 24,000
 * characters. `urgent` asks for an urgent root: an issuer has one a day.
 */
export const zStatusUpdate = z.strictObject({
  type: z.literal('AssayStatusList'),
  registryId: zRegistryId,
  issuer: zCanonicalDid,
  schema: zSchemaUri,
  list: zListNumber,
  seq: zSeq,
  urgent: z.boolean(),
  encodedList: z.string().max(24_000),
  signatures: z.tuple([zDocumentSignature]),
})
export type StatusUpdate = z.output<typeof zStatusUpdate>

/** Makes the update that an issuer publishes. `bits` is the whole list (16,384 bytes). */
export async function signStatusUpdate(
  update: { registryId: string; schema: string; list: number; seq: number; bits: Uint8Array; urgent?: boolean },
  issuer: Signer,
): Promise<StatusUpdate> {
  const { bits, urgent = false, ...content } = update
  const body = {
    type: 'AssayStatusList' as const,
    ...content,
    urgent,
    issuer: issuer.did,
    encodedList: encodeStatusList(bits),
  }
  return { ...body, signatures: [await signDocument(body, issuer)] }
}

/**
 * Decides whether an update takes the place of the list's last one, and returns its bits.
 *
 * Only an issuer with a leaf that is not removed has lists here (a suspended one may go on revoking).
 * @throws AssayError `registryInvalid` (another registry), `untrustedIssuer`, `sequenceStale`, `malformed` (bits),
 *   `notEnoughSignatures`, `unrevocationForbidden` (a bit went from 1 to 0 that the governors did not name)
 */
export async function acceptStatusUpdate(
  previous: StatusUpdate | undefined,
  update: StatusUpdate,
  { trust, resolveKeys }: { trust: TrustList; resolveKeys: ResolveKeys },
): Promise<Uint8Array> {
  const { issuer, schema, list, seq } = update
  if (update.registryId !== trust.registryId) {
    throw new AssayError('registryInvalid', 'The status list is signed for another registry')
  }
  const isListed = trust.leaves.some((leaf) => {
    return leaf.state !== 'removed' && leaf.issuer === issuer && leaf.schema === schema && leaf.list === list
  })
  if (!isListed) {
    throw new AssayError('untrustedIssuer', `The registry has no list ${list} of ${issuer} for ${schema}`)
  }
  if (previous !== undefined && seq <= previous.seq) {
    throw new AssayError('sequenceStale', `Status list ${list} is at sequence number ${previous.seq}, got ${seq}`, {
      last: previous.seq,
    })
  }
  await assertThreshold(update, update.signatures, [issuer], 1, resolveKeys)
  const before = previous === undefined ? emptyStatusList() : decodeStatusList(previous.encodedList)
  const bits = decodeStatusList(update.encodedList)
  const allowed = trust.clearances.get(clearanceKey(update)) ?? []
  const cleared = clearedBits(before, bits)
  const forbidden = cleared.find((bit) => !allowed.includes(bit))
  if (forbidden !== undefined) throw new AssayError('unrevocationForbidden', undefined, { bit: forbidden })
  return bits
}

/** The indices whose bits went from 1 to 0. */
function clearedBits(before: Uint8Array, after: Uint8Array): number[] {
  return [...before.entries()].flatMap(([place, byte]) => {
    const gone = byte & ~after[place]!
    if (gone === 0) return []
    return Array.from({ length: 8 }, (_, i) => i).flatMap((i) => (gone & (0x80 >> i) ? [8 * place + i] : []))
  })
}

/** The hash by which a cut names a state of a status list: of what the issuer signed. */
export function updateDigest({ signatures: _, ...body }: StatusUpdate): string {
  return jcsHash(body)
}
