import { AssayError, type Audience, isAssayError, openProofRequest, type ProofRequest } from '../protocol/index.ts'
import { type AcceptanceOutcome, audienceName } from './acceptance-store.ts'
import {
  checkAudience,
  checkChallenge,
  checkCircuit,
  checkDevices,
  checkExpiry,
  checkPairings,
  checkPolicies,
  checkPseudonyms,
  checkRecipient,
  checkRoots,
  checkTime,
} from './checks.ts'
import { type ReadPresentation, readPresentation } from './read-presentation.ts'
import { refuse, type VerifierRefusal } from './refusal.ts'
import { sameRequest } from './same-request.ts'
import { DEFAULT_LIMITS, type KnownRoots, type Limits, type Presented, type Verifier } from './verifier.ts'

/**
 * A presentation, and whose it is to judge:
 * - `audience`: the verifier's own, and the nonce is of a request that it issued to its store;
 * - `signedRequest`: a request signed by its audience, whoever that is; the signature stands for its having been issued.
 */
export type PresentationInput<Tx> = {
  /** JSON, as it came. */
  presentation: unknown
  /** The caller's own part of the acceptance, in its transaction. Returns the answer, a JSON value; by default null. */
  work?: (tx: Tx, presented: Presented) => Promise<unknown>
} & ({ audience: Audience } | { signedRequest: string })

/** `answer` is what `work` returned when the presentation was accepted, now or (`retry`) before. */
export type VerificationResult = ({ ok: true; retry: boolean; answer: unknown } & Presented) | VerifierRefusal

/**
 * Verifies a presentation: every check there is, in one order, failing closed. A refusal is returned; what is thrown
 * (`unavailable`, `didUnresolvable`, whatever `work` and the store throw) is no judgement on the presentation, and
 * leaves its nonce unused.
 *
 * An exact retry (same nonce, recipient and presentation) of what was accepted gets the stored answer, even when the
 * request has expired since.
 */
export async function verifyPresentation<Tx>(
  input: PresentationInput<Tx>,
  verifier: Verifier<Tx>,
): Promise<VerificationResult> {
  const { key, store } = verifier
  const now = verifier.clock()
  const limits = { ...DEFAULT_LIMITS, ...verifier.limits }

  const signed = 'signedRequest' in input ? await openSigned(input.signedRequest, verifier) : undefined
  if (signed?.ok === false) return signed
  const audience = signed === undefined ? (input as { audience: Audience }).audience : signed.request.audience

  const read = await readPresentation(input.presentation)
  if (!read.ok) return read
  const { presentation, proofs, hash } = read
  const foreign = checkCircuit(presentation, key) ?? checkAudience(proofs, audience)
  if (foreign) return foreign

  const issued = await store.find(audienceName(audience), presentation.nonce)
  const request = signed?.request ?? issued?.request
  if (request === undefined || request.nonce !== presentation.nonce) return refuse('nonceUnknown')
  const other = checkCircuit(request, key)
  if (other) return other
  if (issued && !sameRequest(issued.request, request)) return refuse('nonceUsed')
  const presented = present(read, request)
  if (issued?.acceptance?.recipient === presentation.recipient && issued.acceptance.presentationHash === hash) {
    const { answer } = issued.acceptance
    return (await checkRecipient(presentation, hash)) ?? { ok: true, retry: true, answer, ...presented }
  }

  const refusal =
    checkExpiry(request, now, limits) ??
    (issued?.acceptance && refuse('nonceUsed')) ??
    checkChallenge(proofs, request, presentation) ??
    checkPolicies(proofs, request) ??
    checkRegistry(proofs, request, { known: await verifier.roots(), now, limits }) ??
    checkPairings(proofs, key) ??
    (await checkRecipient(presentation, hash)) ??
    checkPseudonyms(proofs) ??
    checkDevices(proofs, request)
  if (refusal) return refusal

  if (signed !== undefined && !(await issueSigned(request, verifier))) return refuse('nonceUsed')
  const outcome = await store.accept(
    acceptanceOf(presented, now),
    (tx) => input.work?.(tx, presented) ?? Promise.resolve(null),
  )
  return resultOf(outcome, presented)
}

/** Steps 6 and 7, which both go by what the registry's genesis fixes. */
function checkRegistry(
  proofs: ReadPresentation['proofs'],
  request: ProofRequest,
  { known, now, limits }: { known: KnownRoots; now: number; limits: Limits },
): VerifierRefusal | undefined {
  const { stepSeconds } = known
  return checkTime(proofs, request, { now, stepSeconds }, limits) ?? checkRoots(proofs, request, known, now, limits)
}

async function openSigned<Tx>(
  jwt: string,
  { resolveKeys }: Verifier<Tx>,
): Promise<{ ok: true; request: ProofRequest } | VerifierRefusal> {
  if (resolveKeys === undefined) throw new AssayError('internal', 'A signed request needs a DID resolver')
  try {
    return { ok: true, request: await openProofRequest(jwt, resolveKeys) }
  } catch (error) {
    // that a DID can't be resolved now says nothing about the request
    if (!isAssayError(error) || error.code === 'didUnresolvable') throw error
    return refuse(error.code, error.detail, error.message)
  }
}

/** Takes a signed request into the store; false when its audience used the nonce for another request before. */
async function issueSigned<Tx>(request: ProofRequest, { store }: Verifier<Tx>): Promise<boolean> {
  try {
    await store.issue(request)
    return true
  } catch (error) {
    if (isAssayError(error, 'conflict')) return false
    throw error
  }
}

function present({ presentation, proofs, hash }: ReadPresentation, request: ProofRequest): Presented {
  const signals = proofs.map((proof) => proof.signals)
  return {
    request,
    pseudonym: signals[0]!.pseudonym,
    devicePseudonyms: signals.map(({ devicePseudonym }) => devicePseudonym),
    signals,
    recipient: presentation.recipient,
    presentationHash: hash,
  }
}

/** Step 9 keys replays on pseudonyms, never on a proof's bytes: whoever has a proof can make others from it. */
function acceptanceOf({ request, pseudonym, devicePseudonyms, recipient, presentationHash }: Presented, now: number) {
  const { audience, nonce, purpose, replay } = request
  const acceptance = {
    audience: audienceName(audience),
    nonce,
    recipient,
    presentationHash,
    purpose,
    acceptedAt: now,
  }
  if (replay === undefined) return acceptance
  const keys = replay.key === 'pseudonym' ? [pseudonym] : [...new Set(devicePseudonyms)]
  return { ...acceptance, replay: { period: replay.period, keys } }
}

function resultOf(result: AcceptanceOutcome, presented: Presented): VerificationResult {
  if (result.outcome !== 'accepted' && result.outcome !== 'retry') return refuse(result.outcome)
  return { ok: true, retry: result.outcome === 'retry', answer: result.answer, ...presented }
}
