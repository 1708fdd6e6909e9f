import * as z from 'zod'
import { zPolicy, zReplay } from '../protocol/index.ts'

const zPolicies = z.array(zPolicy).min(1).max(4)

/** What a dapp asks, as a file: one policy, a list of them, or an object that also limits replays and devices. */
export const zPolicyFile = z.union([
  zPolicy.transform((policy) => ({ policies: [policy], replay: undefined, sameDevice: undefined })),
  zPolicies.transform((policies) => ({ policies, replay: undefined, sameDevice: undefined })),
  z.strictObject({ policies: zPolicies, replay: zReplay.optional(), sameDevice: z.boolean().optional() }),
])
