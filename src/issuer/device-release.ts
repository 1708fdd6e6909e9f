import { hexToBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'
import { CLOCK_SKEW } from '../protocol/agent-consent.ts'
import { zBase64url } from '../protocol/bytes.ts'
import { zCanonicalDid } from '../protocol/canonical-did.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { zField, zSeconds } from '../protocol/field.ts'
import { isSignedBy } from './is-signed-by.ts'
import type { DeviceRecord } from './issuer-store.ts'

/**
 * What the bound holder (or its agent) signs to let go of a device and its members, in favour of one new binding. It works
 * once, whatever its date: `serial` is 16 random bytes.
 */
export const zDeviceRelease = z.strictObject({
  type: z.literal('AssayDeviceRelease'),
  issuer: zCanonicalDid,
  serial: zBase64url(16),
  device: zField,
  from: zField,
  to: zField,
  issuedAt: zSeconds,
})
export type DeviceReleaseJson = z.input<typeof zDeviceRelease>

/** `signer` is the DID that the issuer knows the old holder by, or `agent` for the agent key on record. */
export const zSignedRelease = z.strictObject({
  release: zDeviceRelease,
  signer: z.union([zCanonicalDid, z.literal('agent')]),
  signature: zBase64url(64),
})
export type SignedRelease = z.input<typeof zSignedRelease>

/** How long a release may be used. Seconds. */
export const RELEASE_LIFETIME = 7 * 86_400

/** A release whose signature was checked; whether its signer may release the device is the register's to say. */
export interface VerifiedRelease {
  serial: string
  device: bigint
  from: bigint
  to: bigint
  issuedAt: number
  /** A DID whose key signed, or the document and signature to check against the agent key on record. */
  signer: string
  signedBy: (agentKey: string) => boolean
}

/**
 * Checks a release as far as that goes without the register; a DID is resolved here, outside any transaction.
 * @throws AssayError `malformed`, `unauthorized` (made for another issuer), `signatureInvalid`, `expired`, `didUnresolvable`
 */
export async function verifyDeviceRelease(
  input: unknown,
  issuer: string,
  now: number,
  resolveKeys: ResolveKeys,
): Promise<VerifiedRelease> {
  const parsed = zSignedRelease.safeParse(input)
  if (!parsed.success) {
    throw new AssayError('malformed', `The device release is malformed: ${z.prettifyError(parsed.error)}`)
  }
  const { release, signer, signature } = parsed.data
  const { serial, device, from, to, issuedAt } = release
  const document = { ...release, device: String(device), from: String(from), to: String(to) }
  if (release.issuer !== issuer) throw new AssayError('unauthorized', 'The device release is made for another issuer')
  if (issuedAt < now - RELEASE_LIFETIME || issuedAt > now + CLOCK_SKEW) {
    throw new AssayError('expired', 'The device release must be younger than 7 days', { issuedAt, now })
  }
  if (signer !== 'agent' && !isSignedBy(await resolveKeys(signer), document, signature)) {
    throw new AssayError('signatureInvalid', `The signature of ${signer} on the device release does not verify`)
  }
  const signedBy = (agentKey: string) => isSignedBy([hexToBytes(agentKey)], document, signature)
  return { serial, device, from, to, issuedAt, signer, signedBy }
}

/**
 * Whether a release lets this very record go, for this new binding. It must be younger than the binding that it ends; an
 * agent's counts only under the agent key on record, so a new generation ends those of the old one.
 */
export function releases(
  release: VerifiedRelease,
  record: DeviceRecord,
  to: bigint,
  recordedHolder: string | undefined,
): boolean {
  // a release to the same binding would only put another DID in the recorded one's place
  const fits =
    release.device === record.device && release.from === record.binding && release.to === to && to !== record.binding
  if (!fits || release.issuedAt <= record.boundAt) return false
  return release.signer === 'agent' ? release.signedBy(record.agentKey) : release.signer === recordedHolder
}
