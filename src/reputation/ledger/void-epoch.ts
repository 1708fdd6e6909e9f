import * as z from 'zod'
import { zSeconds } from '../../protocol/field.ts'
import { zEpoch } from '../model/epochs.ts'
import { zStatementSignature } from './signed-statement.ts'

/** Why an epoch counts for nobody and against nobody. */
export const zVoidReason = z.string().trim().min(1).max(500)

/** One epoch of the service's list of outages, as it signed it. The list only grows. */
export const zSignedVoidEpoch = z.strictObject({
  epoch: zEpoch,
  declaredAt: zSeconds,
  reason: zVoidReason,
  signature: zStatementSignature,
})
export type SignedVoidEpoch = z.output<typeof zSignedVoidEpoch>
