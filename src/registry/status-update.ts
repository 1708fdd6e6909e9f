import { z } from 'zod'
import { zSchemaUri } from '../protocol/claim-schemas.ts'
import { zListNumber } from '../protocol/credential.ts'
import { zDid } from '../protocol/did.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { decodeStatusList, emptyStatusList, encodeStatusList } from '../protocol/status-list.ts'
import { assertThreshold } from './assert-threshold.ts'
import { zRegistryId } from './genesis.ts'
import { zSeq } from './parse-document.ts'
import { type Signer, signDocument, zSignature } from './sign-document.ts'
import { clearanceKey, type TrustList } from './trust-list.ts'

/** A status list's bytes, signed by its issuer. `seq` counts up; gaps are fine. 131,072 bits pack into 24,000 characters. */
export const zStatusUpdate = z.strictObject({
  type: z.literal('AssayStatusList'),
  registryId: zRegistryId,
  issuer: zDid,
  schema: zSchemaUri,
  list: zListNumber,
  seq: zSeq,
  encodedList: z.string().max(24_000),
  signatures: z.tuple([zSignature]),
})
export type StatusUpdate = z.output<typeof zStatusUpdate>

/** Makes the update that an issuer publishes. `bits` is the whole list (16,384 bytes). */
export async function signStatusUpdate(
  update: { registryId: string; schema: string; list: number; seq: number; bits: Uint8Array },
  issuer: Signer,
): Promise<StatusUpdate> {
  const { bits, ...content } = update
  const body = {
    type: 'AssayStatusList' as const,
    ...content,
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
 *   `notEnoughSignatures`, `unrevocationForbidden` (a bit went from 1 to 0 and the governors did not allow it)
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
  const isCleared = before.some((byte, i) => (byte & ~bits[i]!) !== 0)
  if (isCleared && !trust.clearances.has(clearanceKey(update))) throw new AssayError('unrevocationForbidden')
  return bits
}
