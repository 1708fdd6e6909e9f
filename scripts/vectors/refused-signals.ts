import {
  COMPUTE,
  type ErrorCode,
  FIELD_ORDER,
  type PolicyJson,
  type ProofRequestJson,
  UPTIME,
} from '../../src/protocol/index.ts'
import { computePolicy } from './accepted.ts'
import type { Vector, VerifierPart } from './vector.ts'
import {
  CLOCK,
  credential,
  measured,
  requestJson,
  SKEW,
  STEP,
  selfReported,
  signalsOf,
  statementsOf,
  verifierPart,
} from './world.ts'

const compute = credential(COMPUTE, { ramMiB: selfReported(16_384n), gops: measured(50n) })
const uptime = credential(UPTIME, { uptimeMicro: measured(990_000n) })
const uptimePolicy: PolicyJson = { schema: UPTIME, claims: { uptimeMicro: { min: '990000', source: 'measured' } } }
const good = requestJson([computePolicy])
const two = requestJson([computePolicy, uptimePolicy], { sameDevice: true })

/** The signals of proofs for a request. */
const answer = (request: ProofRequestJson) =>
  statementsOf({ request, credentials: request.policies.length === 1 ? [compute] : [compute, uptime] }).map(signalsOf)
/** One signal exchanged, in the last proof. */
const exchanged = (signals: string[][], i: number, value: bigint | string) =>
  signals.with(-1, signals.at(-1)!.with(i, String(value)))
/** The proofs are for `other`, and the verifier asked `good`. */
const madeFor = (changes: Record<string, unknown>) => ({ request: good, signals: answer({ ...good, ...changes }) })
/** The proofs are for the very request, which is what is wrong. */
const asked = (changes: Record<string, unknown>, part: Partial<VerifierPart> = {}) => {
  const request = { ...good, ...changes }
  return { request, signals: answer(request), ...part }
}
const lesser: PolicyJson = {
  ...computePolicy,
  claims: { ...computePolicy.claims, gops: { min: '10', source: 'measured' } },
}

const refused: [name: string, reason: ErrorCode, part: Partial<VerifierPart>][] = [
  ['a signal of p, which stands for 0', 'proofMalformed', { signals: exchanged(answer(good), 0, FIELD_ORDER) }],
  ['a signal with a leading zero', 'proofMalformed', { signals: exchanged(answer(good), 5, `0${good.now}`) }],
  ['six signals', 'proofMalformed', { signals: [answer(good)[0]!.slice(0, 6)] }],
  ['another audience', 'wrongAudience', { signals: exchanged(answer(good), 2, 1n) }],
  [
    'another context of the audience',
    'wrongAudience',
    madeFor({ audience: { ...good.audience, context: 'season 1' } }),
  ],
  ['another challenge', 'challengeMismatch', { signals: exchanged(answer(good), 3, 1n) }],
  ['another recipient', 'challengeMismatch', { recipient: 'A'.repeat(43) }],
  ['another nonce', 'challengeMismatch', madeFor({ nonce: 'A'.repeat(43) })],
  ['another purpose', 'challengeMismatch', madeFor({ purpose: 'else' })],
  ['sameDevice left out', 'challengeMismatch', { request: two, signals: answer({ ...two, sameDevice: false }) }],
  ['a wider policy', 'challengeMismatch', madeFor({ policies: [lesser] })],
  [
    'the hash of another policy',
    'policyMismatch',
    { signals: exchanged(answer(good), 4, answer({ ...good, policies: [lesser] })[0]![4]!) },
  ],
  [
    'a policy of another schema',
    'policyMismatch',
    { signals: exchanged(answer(good), 4, answer({ ...good, policies: [{ schema: COMPUTE, claims: {} }] })[0]![4]!) },
  ],
  ['one proof of two', 'policyMismatch', { request: two, signals: answer(two).slice(0, 1) }],
  ['another time than the request', 'nowMismatch', { signals: exchanged(answer(good), 5, BigInt(good.now - STEP)) }],
  ['a now off the step', 'nowOffStep', asked({ now: good.now - 1 })],
  ['a now of the step after', 'nowOffStep', asked({ now: good.now + STEP })],
  ['a request from a step that has passed', 'nonceExpired', { clock: CLOCK + 300 + SKEW + 1 }],
  ['a now more than two steps ahead', 'clockSkew', { clock: good.now - 2 * STEP - SKEW - 1 }],
  ['a life longer than a step', 'requestTooLong', asked({ expiresAt: CLOCK + STEP + SKEW + 2, now: CLOCK + 2 * STEP })],
  ['two holders', 'pseudonymMismatch', { request: two, signals: exchanged(answer(two), 0, 1n) }],
  ['two devices where one is asked for', 'deviceMismatch', { request: two, signals: exchanged(answer(two), 1, 1n) }],
]

/** The last values that are still accepted, beside those above. */
const accepted: [name: string, part: Partial<VerifierPart>][] = [
  ['the last second of the skew after expiry', { clock: CLOCK + 300 + SKEW }],
  [
    'a now just two steps and the skew ahead',
    { clock: good.now - 2 * STEP - SKEW, ...longLived(good.now - 2 * STEP - SKEW) },
  ],
  ['a life of just a step and the skew', asked({ expiresAt: CLOCK + STEP + SKEW + 1, now: CLOCK + 2 * STEP })],
  ['two devices where none is asked for', twoDevices()],
]

/** A request made at `clock` whose expiry is the last of its step. */
function longLived(clock: number): Partial<VerifierPart> {
  const expiresAt = clock + STEP + SKEW
  return asked({ expiresAt, now: (Math.floor(expiresAt / STEP) + 1) * STEP })
}

function twoDevices(): Partial<VerifierPart> {
  const request = { ...two, sameDevice: false }
  return { request, signals: exchanged(answer(request), 1, 1n) }
}

/** Signals of proofs that hold, before a verifier that asked for something else or at another time. */
export function signalVectors(): Vector[] {
  const part = (verdict: VerifierPart['verdict'], changes: Partial<VerifierPart>) => {
    return { ...verifierPart(verdict, good, answer(good)), ...changes }
  }
  return [
    ...accepted.map(([name, changes]): Vector => ({ name, verdict: 'accepted', verifier: part('accepted', changes) })),
    ...refused.map(([name, reason, changes]): Vector => {
      return { name, verdict: 'refused', reason, verifier: part('refused', changes) }
    }),
  ]
}
