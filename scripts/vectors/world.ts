import {
  audienceField,
  type Credential,
  challengeOf,
  circuitInputs,
  devicePseudonym,
  endOfStep,
  keyThumbprint,
  type PolicyJson,
  type ProofRequest,
  type ProofRequestJson,
  policyHash,
  pseudonym,
  type SourcedValue,
  type Statement,
  toBase64url,
  zProofRequest,
} from '../../src/protocol/index.ts'
import {
  digest,
  party,
  secretOf,
  type TestRegistry,
  testCredential,
  testRegistry,
} from '../../test/shared/proof-fixture.ts'
import type { CircuitPart, ParserPart, VerifierPart } from './vector.ts'

/** One holder before one dapp, at a time that begins a step. Every key and nonce depends on a name alone. */
export const CLOCK = 1_800_000_000
export const STEP = 3600
export const SKEW = 120
export const HOLDER = 'alice'
export const recipient = keyThumbprint(party(HOLDER).publicKey)

export const selfReported = (value: bigint): SourcedValue => ({ value, source: 'selfReported' })
export const measured = (value: bigint): SourcedValue => ({ value, source: 'measured' })
export const attested = (value: bigint): SourcedValue => ({ value, source: 'attested' })

export function credential(schema: string, stated: Record<string, SourcedValue>, changes: Partial<Credential> = {}) {
  const { expiresAt = CLOCK + 86_400, list = 0, statusIndex = 77 } = changes
  return testCredential({ issuer: 'lab', holder: HOLDER, schema, stated, expiresAt, list, statusIndex })
}

/** A request's JSON, as the dapp signs it. */
export function requestJson(policies: PolicyJson[], changes: Record<string, unknown> = {}): ProofRequestJson {
  const expiresAt = CLOCK + 300
  return {
    type: 'AssayProofRequest',
    version: 1,
    audience: { did: party('dapp').did },
    nonce: toBase64url(digest('nonce')),
    purpose: 'test',
    policies,
    sameDevice: false,
    // no key has this id: a vector depends on no set-up
    circuit: 'c'.repeat(64),
    registry: toBase64url(digest('registry')),
    now: endOfStep(expiresAt, STEP),
    expiresAt,
    ...changes,
  }
}

export interface Answer {
  request: ProofRequestJson
  /** One for each policy. */
  credentials: Credential[]
  registry?: TestRegistry
}

/** The statements that an honest wallet would prove, whether or not they hold. */
export function statementsOf({
  request: json,
  credentials,
  registry = testRegistry(credentials),
}: Answer): Statement[] {
  const request = zProofRequest.parse(json)
  return credentials.map((held, i) => ({
    secret: secretOf(HOLDER),
    audience: audienceField(request.audience.did, request.audience.context),
    challenge: challengeOf(request, recipient),
    now: request.now,
    policy: request.policies[i]!,
    credential: held,
    ...registry.paths(held),
  }))
}

/** A statement's public signals. */
export function signalsOf({ secret, audience, challenge, policy, now, credential: held, trust }: Statement): string[] {
  const pseudonyms = [pseudonym(secret, audience), devicePseudonym(secret, audience, held.device)]
  return [...pseudonyms, audience, challenge, policyHash(policy), BigInt(now), trust.root].map(String)
}

export function parserAccepts(request: ProofRequestJson): ParserPart {
  const { policies }: ProofRequest = zProofRequest.parse(request)
  return { verdict: 'accepted', request, policies: policies.map((policy) => String(policyHash(policy))) }
}

export function circuitAccepts(statement: Statement): CircuitPart {
  return { verdict: 'accepted', inputs: circuitInputs(statement), signals: signalsOf(statement) }
}

export function verifierPart(verdict: VerifierPart['verdict'], request: unknown, signals: string[][]): VerifierPart {
  return { verdict, request, recipient, clock: CLOCK + 1, stepSeconds: STEP, skewSeconds: SKEW, signals }
}
