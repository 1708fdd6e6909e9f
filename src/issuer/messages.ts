import * as z from 'zod'
import { zSchemaUri } from '../protocol/claim-schemas.ts'
import { zListNumber } from '../protocol/credential.ts'
import { zMember, zMemberId } from '../protocol/device.ts'
import { zDid } from '../protocol/did.ts'
import { zField, zSeconds } from '../protocol/field.ts'

/* What an issuer's routes take and answer, but for the request for a credential (issue-from-evidence.ts). */

/** The answer of `POST /v1/credentials`: a `vc+jwt`. */
export const zCredentialAnswer = z.strictObject({ credential: z.string().max(131_072) })

/** The body of `POST /v1/devices/find`: the members that the holder sees. With none, all of its devices are listed. */
export const zDeviceQuery = z.strictObject({ members: z.array(zMemberId).max(64) })

/** The holder's devices, each with the members and the generation of its agent key on record. */
export const zHeldDevices = z.strictObject({
  devices: z
    .array(
      z.strictObject({
        device: zField.transform(String),
        generation: z.int().min(0),
        members: z.array(zMember).max(64),
        /** When it was last seen, in seconds. */
        seenAt: z.int().min(0),
      }),
    )
    .max(10_000),
})
export type HeldDevices = z.output<typeof zHeldDevices>

/** The body of `POST /v1/credentials/:id/revocation`, from an operator. */
export const zRevocationRequest = z.strictObject({
  reason: z.string().trim().min(1).max(500),
  /** Asks for an urgent root: an issuer has one a day. */
  urgent: z.boolean().default(false),
  /** Bars the holder from credentials for this device, until the operator lifts it. */
  cause: z.boolean().default(false),
})

/** Its answer. */
export const zRevocationAnswer = z.strictObject({
  id: z.string(),
  issuer: zDid,
  schema: zSchemaUri,
  list: zListNumber,
  index: z.int().min(0),
  reason: z.string(),
  by: zDid,
  revokedAt: zSeconds,
  /** Whether it was revoked before; then reason, operator and time are those of the first revocation. */
  already: z.boolean(),
  /** The number of the first root that covers the revocation, or of its urgent root. */
  rootNumber: z.int().min(0),
})
export type RevocationAnswer = z.output<typeof zRevocationAnswer>

/** The answer of `POST /v1/credentials/:id/lift`: how many bars there were. */
export const zLiftAnswer = z.strictObject({ id: z.string(), lifted: z.int().min(0) })
