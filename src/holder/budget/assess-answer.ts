import type { Credential } from '../../protocol/credential.ts'
import type { Policy } from '../../protocol/policy.ts'
import { leastFit } from './estimate-fit.ts'
import type { Population } from './population.ts'
import { type Telling, type Told, tell, toldOf } from './told.ts'
import { ANY_VALUE, complement, intersect, valuesOf } from './value-set.ts'

/** A holder is warned when fewer machines than this still fit what an audience knows. */
export const WARN_BELOW = 50
/** Below this the wallet does not answer, unless the holder insists. */
export const REFUSE_BELOW = 10

/** A policy and the credential that answers it, or would have to. */
export interface Asked {
  policy: Policy
  credential: Credential
}

export interface AssessInput {
  told: readonly Told[]
  audience: string
  asked: readonly Asked[]
  population?: Population | undefined
  /** Seconds. */
  now: number
}

/** What an answer would tell. */
export interface Assessment {
  /** What the audience knows when the policies are met. */
  told: Told[]
  /** About how many machines fit that. */
  fit: number
  /** Whether answering such a request, either way, would tell too much. It does not depend on the credentials' values. */
  exceeds: boolean
}

/**
 * Says what an audience would know if the policies were met, and whether that is too much. It is too much as well where a
 * refusal alone would leave fewer than 10: silence tells the complement, so an audience could ask its way up, value by
 * value, until it is refused. Whether the wallet answers must not depend on the truth there.
 */
export function assessAnswer({ told, audience, asked, population, now }: AssessInput): Assessment {
  const devices = asked.map(({ credential }) => credential.device)
  const fitOf = (records: readonly Told[]) => leastFit(records, { audience, devices, population })
  const after = asked.reduce((records, entry) => tell(records, tellingOf(audience, entry), now), [...told])
  const fit = fitOf(after)
  const refusals = asked.flatMap((entry) => refusalsOf(told, audience, entry))
  const exceeds = fit < REFUSE_BELOW || refusals.some((telling) => fitOf(tell(told, telling, now)) < REFUSE_BELOW)
  return { told: after, fit, exceeds }
}

/** What an audience knows when it is refused since a claim lies outside its range. */
export function tellRefusal(
  told: readonly Told[],
  { audience, asked: { policy, credential }, claim }: { audience: string; asked: Asked; claim: string },
  now: number,
): Told[] {
  const claims = { [claim]: complement(valuesOf(policy.claims[claim]!)) }
  return tell(told, { audience, credential, claims, outcome: 'declined' }, now)
}

function tellingOf(audience: string, { policy, credential }: Asked): Telling {
  const claims = Object.fromEntries(Object.entries(policy.claims).map(([name, range]) => [name, valuesOf(range)]))
  return { audience, credential, claims, outcome: 'answered' }
}

/** What each claim's failing would tell, where the audience does not know already that it can't fail. */
function refusalsOf(told: readonly Told[], audience: string, { policy, credential }: Asked): Telling[] {
  const known = toldOf(told, audience, credential)?.claims ?? {}
  return Object.entries(policy.claims).flatMap(([name, range]) => {
    const outside = complement(valuesOf(range))
    if (intersect(known[name] ?? ANY_VALUE, outside).length === 0) return []
    return [{ audience, credential, claims: { [name]: outside }, outcome: 'declined' as const }]
  })
}
