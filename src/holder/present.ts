import { circuitInputs } from '../protocol/circuit-inputs.ts'
import { audienceField } from '../protocol/did.ts'
import { AssayError } from '../protocol/errors.ts'
import { devicePseudonym, pseudonym } from '../protocol/hashes.ts'
import { jwkOf, keyThumbprint } from '../protocol/jwk.ts'
import { signJws } from '../protocol/jws.ts'
import { policyHash } from '../protocol/policy.ts'
import { CONTROL_TYP, type PresentationJson, presentationHash, zPresentation } from '../protocol/presentation.ts'
import { challengeOf, type ProofRequest } from '../protocol/proof-request.ts'
import { PUBLIC_SIGNALS, type Signals } from '../protocol/signals.ts'
import type { Choice } from './choose-presentation.ts'
import type { HolderKeys } from './derive-keys.ts'
import type { Prove } from './prover.ts'

export interface PresentInput {
  /** From `readProofRequest`. */
  request: ProofRequest
  /** From `choosePresentation`: one for each policy, in the request's order. */
  choices: readonly Choice[]
  keys: HolderKeys
  /** The id of the circuit and key that `prove` uses. */
  circuit: string
  prove: Prove
}

/**
 * Answers a proof request: one proof a policy, bound to the wallet's own session key for the audience, which signs the
 * whole. What the prover returns is held against the TypeScript twin of the circuit before it leaves the wallet.
 * To repeat a delivery, send the same presentation again: proofs are random, and another one is another answer.
 * @throws AssayError `circuitMismatch`, `proofInvalid` (the prover answered for another statement), and `prove`'s own
 */
export async function present({ request, choices, keys, circuit, prove }: PresentInput): Promise<PresentationJson> {
  if (request.circuit !== circuit) {
    throw new AssayError('circuitMismatch', 'The proof request is for another circuit or key than this wallet has')
  }
  if (choices.length !== request.policies.length) {
    throw new RangeError(`The request has ${request.policies.length} policies, got ${choices.length} choices`)
  }
  const session = keys.sessionKeyFor(request.audience)
  const recipient = keyThumbprint(session.publicKey)
  const audience = audienceField(request.audience.did, request.audience.context)
  const challenge = challengeOf(request, recipient)
  const proofs: PresentationJson['proofs'] = []
  for (const [i, policy] of request.policies.entries()) {
    const { credential, trust, status } = choices[i]!
    const secret = keys.secret()
    const { now } = request
    const statement = { secret, audience, challenge, now, policy, credential, trust, status }
    const { proof, publicSignals } = await prove(circuitInputs(statement))
    const expected: Signals = {
      pseudonym: pseudonym(secret, audience),
      devicePseudonym: devicePseudonym(secret, audience, credential.device),
      audience,
      challenge,
      policy: policyHash(policy),
      now: BigInt(now),
      registryRoot: trust.root,
    }
    const signals = PUBLIC_SIGNALS.map((name) => String(expected[name]))
    const wrong = PUBLIC_SIGNALS.find((_, place) => publicSignals[place] !== signals[place])
    if (wrong !== undefined || publicSignals.length !== signals.length) {
      throw new AssayError('proofInvalid', `The prover answered for another statement (${wrong ?? 'too many signals'})`)
    }
    proofs.push({ proof, signals: signals as PresentationJson['proofs'][number]['signals'] })
  }
  const unsigned = { type: 'AssayPresentation', version: 1, circuit, nonce: request.nonce, recipient, proofs } as const
  const control = await signJws({
    header: { typ: CONTROL_TYP, jwk: jwkOf(session.publicKey) },
    payload: { nonce: request.nonce, presentation: presentationHash(unsigned) },
    sign: session.sign,
  })
  const presentation: PresentationJson = { ...unsigned, control }
  zPresentation.parse(presentation)
  return presentation
}
