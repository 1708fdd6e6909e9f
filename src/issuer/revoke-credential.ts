import * as z from 'zod'
import { zDid } from '../protocol/did.ts'
import { AssayError } from '../protocol/errors.ts'
import type { IssuerStore, Revocation, StatusPlace } from './issuer-store.ts'
import { zRevocationRequest } from './messages.ts'

const zInput = zRevocationRequest.omit({ urgent: true }).extend({ credentialId: z.string().max(64), by: zDid })

export interface RevocationResult extends StatusPlace, Revocation {
  issuer: string
  schema: string
  /** Whether the bit was set before; then reason, operator and time are those of the first revocation. */
  already: boolean
}

/**
 * Revokes a credential and with it every credential under its status index, for good: past and future ones of the same
 * issuer, schema and binding. Each index has its own row, so that revocations at once can't overwrite each other; the
 * rows are the truth, and lists are made from them. Takes effect for verifiers when the list is published.
 * Who may revoke is the caller's to check.
 * @throws AssayError `malformed`, `notFound` (also for another issuer's credential)
 */
export async function revokeCredential(
  store: IssuerStore,
  request: { issuer: string; credentialId: string; reason: string; by: string; cause?: boolean },
  now: number,
): Promise<RevocationResult> {
  const { issuer, ...input } = request
  const parsed = zInput.safeParse(input)
  if (!parsed.success) {
    throw new AssayError('malformed', `The revocation is malformed: ${z.prettifyError(parsed.error)}`)
  }
  const { credentialId, reason, by, cause } = parsed.data
  return store.transaction(async (tx) => {
    const record = await tx.findIssued(credentialId)
    if (record === undefined || record.issuer !== issuer) {
      throw new AssayError('notFound', 'This issuer has issued no credential of this id')
    }
    const entry = (await tx.lockStatusPlace(record))!
    const { device, binding, holder } = record
    if (cause) await tx.addBar({ device, binding, holder, reason, by, barredAt: now })
    const { schema, list, index } = entry
    const place = { issuer, schema, list, index }
    if (entry.revocation !== undefined) return { ...place, ...entry.revocation, already: true }
    const revocation = { reason, by, revokedAt: now }
    await tx.revokeStatusEntry({ list, index }, revocation)
    return { ...place, ...revocation, already: false }
  })
}
