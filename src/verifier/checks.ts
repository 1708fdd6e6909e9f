import {
  type Audience,
  audienceField,
  CONTROL_TYP,
  challengeOf,
  type ErrorCode,
  endOfStep,
  isAssayError,
  type Presentation,
  type ProofRequest,
  policyHash,
  verifyJws,
  zControlClaims,
} from '../protocol/index.ts'
import { checkRoot, type KnownRoots } from '../registry/known-roots.ts'
import type { VerificationKey } from './load-key.ts'
import { pairingHolds } from './pairing.ts'
import type { ReadProof } from './read-presentation.ts'
import { refuse, type VerifierRefusal } from './refusal.ts'
import type { Limits } from './verifier.ts'

/** Refuses with the position of the first proof that `bad` finds fault with. */
function refuseFirst(
  proofs: readonly ReadProof[],
  code: ErrorCode,
  bad: (proof: ReadProof, i: number) => boolean,
): VerifierRefusal | undefined {
  const i = proofs.findIndex(bad)
  return i < 0 ? undefined : refuse(code, { proof: i })
}

/** Step 2: presentation and request are for the circuit and key that is loaded here. */
export function checkCircuit({ circuit }: { circuit: string }, key: VerificationKey): VerifierRefusal | undefined {
  return circuit === key.circuit ? undefined : refuse('circuitMismatch', { circuit, expected: key.circuit })
}

/** Step 3: every proof is made for this audience. */
export function checkAudience(proofs: readonly ReadProof[], { did, context }: Audience): VerifierRefusal | undefined {
  const audience = audienceField(did, context)
  return refuseFirst(proofs, 'wrongAudience', ({ signals }) => signals.audience !== audience)
}

/** Step 4, the nonce: still open at this verifier's clock. */
export function checkExpiry(request: ProofRequest, now: number, { skewSeconds }: Limits): VerifierRefusal | undefined {
  const { expiresAt } = request
  return now <= expiresAt + skewSeconds ? undefined : refuse('nonceExpired', { expiresAt, now })
}

/** Step 4, the challenge: every proof is bound to this request and to the recipient that the presentation names. */
export function checkChallenge(
  proofs: readonly ReadProof[],
  request: ProofRequest,
  { recipient }: Presentation,
): VerifierRefusal | undefined {
  const challenge = challengeOf(request, recipient)
  return refuseFirst(proofs, 'challengeMismatch', ({ signals }) => signals.challenge !== challenge)
}

/** Step 5: one proof a policy, in the request's order. */
export function checkPolicies(proofs: readonly ReadProof[], { policies }: ProofRequest): VerifierRefusal | undefined {
  if (proofs.length !== policies.length) {
    const message = `The request asks for ${policies.length} proofs, and the presentation holds ${proofs.length}`
    return refuse('policyMismatch', { expected: policies.length, proofs: proofs.length }, message)
  }
  return refuseFirst(proofs, 'policyMismatch', ({ signals }, i) => signals.policy !== policyHash(policies[i]!))
}

/**
 * Step 6: the proofs' time is the request's, which is the end of the step that holds its expiry, within two steps of this
 * verifier's clock; and the request lives no longer than a step.
 */
export function checkTime(
  proofs: readonly ReadProof[],
  { now: requestNow, expiresAt }: ProofRequest,
  { now, stepSeconds }: { now: number; stepSeconds: number },
  { skewSeconds }: Limits,
): VerifierRefusal | undefined {
  const other = refuseFirst(proofs, 'nowMismatch', ({ signals }) => signals.now !== BigInt(requestNow))
  if (other !== undefined) return other
  if (requestNow !== endOfStep(expiresAt, stepSeconds)) return refuse('nowOffStep', { requestNow, stepSeconds })
  const isNear = requestNow >= now - skewSeconds && requestNow <= now + 2 * stepSeconds + skewSeconds
  if (!isNear) return refuse('clockSkew', { requestNow, now })
  const isShort = expiresAt <= now + stepSeconds + skewSeconds
  return isShort ? undefined : refuse('requestTooLong', { expiresAt, now, stepSeconds })
}

/** Step 7: every proof's root is signed by enough witnesses, of the present interval or the one before, and not ended. */
export function checkRoots(
  proofs: readonly ReadProof[],
  request: ProofRequest,
  roots: KnownRoots,
  now: number,
  limits: Limits,
): VerifierRefusal | undefined {
  if (request.registry !== roots.registry) {
    const message = 'The request is for another registry than the one whose roots are known here'
    return refuse('rootUnknown', { registry: request.registry, expected: roots.registry }, message)
  }
  for (const [i, { signals }] of proofs.entries()) {
    const code = checkRoot(roots, signals.registryRoot, now, limits.skewSeconds)
    if (code !== undefined) return refuse(code, { proof: i })
  }
  return undefined
}

/** Step 8: the pairing. */
export function checkPairings(proofs: readonly ReadProof[], { pairing }: VerificationKey): VerifierRefusal | undefined {
  return refuseFirst(proofs, 'proofInvalid', ({ points, values }) => !pairingHolds(pairing, points, values))
}

/** The presenter controls the session key that is the recipient: it signed the nonce and this presentation's hash. */
export async function checkRecipient(
  { control, recipient, nonce }: Presentation,
  hash: string,
): Promise<VerifierRefusal | undefined> {
  try {
    const { payload } = await verifyJws(control, { typ: CONTROL_TYP, thumbprint: recipient })
    const claims = zControlClaims.safeParse(payload)
    if (claims.data?.nonce === nonce && claims.data.presentation === hash) return undefined
    return refuse('notRecipient', {}, "The recipient's signature is for another presentation")
  } catch (error) {
    if (!isAssayError(error)) throw error
    return refuse('notRecipient', { cause: error.code })
  }
}

/** All proofs are of one holder. */
export function checkPseudonyms(proofs: readonly ReadProof[]): VerifierRefusal | undefined {
  return refuseFirst(proofs, 'pseudonymMismatch', ({ signals }) => signals.pseudonym !== proofs[0]!.signals.pseudonym)
}

/** Where the request asks for it, all proofs are about one device. */
export function checkDevices(proofs: readonly ReadProof[], { sameDevice }: ProofRequest): VerifierRefusal | undefined {
  if (!sameDevice) return undefined
  const { devicePseudonym } = proofs[0]!.signals
  return refuseFirst(proofs, 'deviceMismatch', ({ signals }) => signals.devicePseudonym !== devicePseudonym)
}
