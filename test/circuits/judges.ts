import type { CircuitPart, ParserPart, Vector, VerifierPart } from '../../scripts/vectors/vector.ts'
import { isAssayError } from '../../src/protocol/errors.ts'
import { assertOnGrid, policyHash } from '../../src/protocol/policy.ts'
import { type Presentation, zPresentation } from '../../src/protocol/presentation.ts'
import { zProofRequest } from '../../src/protocol/proof-request.ts'
import { nameSignals } from '../../src/protocol/signals.ts'
import {
  checkAudience,
  checkChallenge,
  checkDevices,
  checkExpiry,
  checkPolicies,
  checkPseudonyms,
  checkTime,
} from '../../src/verifier/checks.ts'
import type { ReadProof } from '../../src/verifier/read-presentation.ts'
import type { Limits } from '../../src/verifier/verifier.ts'
import type { Inputs } from './scenario.ts'
import { refusal, witnessValues } from './witness.ts'

/** What a judge says of its part of a vector. */
export interface Judgement {
  verdict: Vector['verdict']
  /** The code of a refusal; the circuit gives none. */
  reason?: string
}

export const accepted: Judgement = { verdict: 'accepted' }
const refused = (reason: string): Judgement => ({ verdict: 'refused', reason })

/** The parser of proof requests, and the grid that wallets hold its policies to. */
export function judgeRequest({ request, policies }: ParserPart): Judgement {
  const parsed = zProofRequest.safeParse(request)
  if (!parsed.success) return refused('malformed')
  try {
    for (const policy of parsed.data.policies) assertOnGrid(policy)
  } catch (error) {
    if (!isAssayError(error)) throw error
    return refused(error.code)
  }
  const hashes = parsed.data.policies.map((policy) => String(policyHash(policy)))
  return JSON.stringify(hashes) === JSON.stringify(policies) ? accepted : refused('another policy hash')
}

/** The compiled circuit. */
export async function judgeStatement({ inputs, signals }: CircuitPart): Promise<Judgement> {
  if ((await refusal(inputs as unknown as Inputs)).length > 0) return { verdict: 'refused' }
  const witness = await witnessValues(inputs as unknown as Inputs)
  const actual = witness.slice(1, 8).map(String)
  if (signals !== undefined && JSON.stringify(actual) !== JSON.stringify(signals)) return refused('other signals')
  return accepted
}

/** A verifier's checks of the public signals, beside the pairing and the roots. */
export function judgeSignals({
  request: json,
  recipient,
  clock,
  stepSeconds,
  skewSeconds,
  signals,
}: VerifierPart): Judgement {
  const parsed = zPresentation.shape.proofs.safeParse(signals.map((values) => ({ proof: anyProof, signals: values })))
  if (!parsed.success) return refused('proofMalformed')
  const proofs = parsed.data.map(({ signals: values }) => ({ signals: nameSignals(values) })) as unknown as ReadProof[]
  const request = zProofRequest.parse(json)
  const limits = { skewSeconds } as Limits
  const refusal =
    checkAudience(proofs, request.audience) ??
    checkExpiry(request, clock, limits) ??
    checkChallenge(proofs, request, { recipient } as Presentation) ??
    checkPolicies(proofs, request) ??
    checkTime(proofs, request, { now: clock, stepSeconds }, limits) ??
    checkPseudonyms(proofs) ??
    checkDevices(proofs, request)
  return refusal === undefined ? accepted : refused(refusal.code)
}

const anyProof = {
  a: ['1', '2'],
  b: [
    ['1', '2'],
    ['3', '4'],
  ],
  c: ['1', '2'],
}
