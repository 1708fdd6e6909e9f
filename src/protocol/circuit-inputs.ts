import type { Credential } from './credential.ts'
import { audienceField } from './did.ts'
import { toField } from './field.ts'
import type { Policy } from './policy.ts'
import { policyHash, policySlots } from './policy.ts'

/** Where the registry trusts a credential's issuer: the leaf's place, and its siblings (depth 15) under `root`. */
export interface TrustPath {
  root: bigint
  index: number
  sourceCap: number
  siblings: readonly bigint[]
}

/** Where a credential's status bit stands: its 128-bit word and the word's siblings (depth 10). */
export interface StatusPath {
  word: bigint
  siblings: readonly bigint[]
}

/** All that one proof is made of. */
export interface Statement {
  secret: bigint
  /** The audience field of the verifier. */
  audience: bigint
  challenge: bigint
  /** Seconds, from the request. */
  now: number
  policy: Policy
  credential: Credential
  trust: TrustPath
  status: StatusPath
}

/** Values of the circuit's input signals by name: decimal strings, or arrays of them. */
export type CircuitInputs = Record<string, string | string[]>

/** The inputs of circuits/presentation.circom for a statement. */
export function circuitInputs({ credential, policy, trust, status, ...statement }: Statement): CircuitInputs {
  const slots = policySlots(policy)
  return {
    audience: String(statement.audience),
    challenge: String(statement.challenge),
    policy: String(policyHash(policy)),
    now: String(statement.now),
    registryRoot: String(trust.root),
    secret: String(statement.secret),
    device: String(credential.device),
    schema: String(toField(credential.schema)),
    expiresAt: String(credential.expiresAt),
    statusIndex: String(credential.statusIndex),
    list: String(credential.list),
    claims: credential.claims.map(String),
    sources: credential.sources.map(String),
    signatureR8: credential.signature.r8.map(String),
    signatureS: String(credential.signature.s),
    issuerAudience: String(audienceField(credential.issuer)),
    issuerKey: credential.key.map(String),
    sourceCap: String(trust.sourceCap),
    statusWord: String(status.word),
    statusSiblings: status.siblings.map(String),
    registryIndex: String(trust.index),
    registrySiblings: trust.siblings.map(String),
    policyMinSources: slots.minSources.map(String),
    policyMin: slots.min.map(String),
    policyMax: slots.max.map(String),
    policyAny: slots.any.map(String),
    policyFree: String(slots.free),
  }
}
