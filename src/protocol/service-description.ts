import * as z from 'zod'
import { zSchemaUri } from './claim-schemas.ts'
import { zDid } from './did.ts'
import { zCircuitId, zRegistryId } from './proof-request.ts'

/** What a service says of itself at /v1/service: who it is in each role, and the figures its clients need. */
export const zServiceDescription = z.strictObject({
  type: z.literal('AssayService'),
  version: z.string().max(32),
  /** Whether it refuses development keys. */
  production: z.boolean(),
  registryId: zRegistryId,
  circuit: zCircuitId,
  /** Whether it issues credentials of self-reported claims alone. */
  allowSelfReported: z.boolean(),
  issuers: z.array(z.strictObject({ did: zDid, schemas: z.array(zSchemaUri).max(64) })).max(64),
  /** The audience of the ledger, and the issuer of score credentials. */
  reputation: zDid,
  /** Watches uptime. */
  monitor: zDid,
  epoch: z.strictObject({
    /** slotSeconds × slotsPerEpoch; epoch e begins at e × seconds since the Unix epoch. */
    seconds: z.int().min(20),
    slotSeconds: z.int().min(1),
    slotsPerEpoch: z.int().min(20),
    /** How long an agent has to answer. */
    replyWindowMs: z.int().min(1),
  }),
  /** The timed matrix challenge: side of the matrices, chained products, seconds to the deadline. */
  measurement: z.strictObject({ n: z.int().min(16), layers: z.int().min(1), seconds: z.int().min(1) }),
  /** What a reader must know, e.g. that the set-up is a development one. */
  notice: z.string().max(500),
})

export type ServiceDescription = z.output<typeof zServiceDescription>
