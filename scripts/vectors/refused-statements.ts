import {
  type CircuitInputs,
  COMPUTE,
  type Credential,
  circuitInputs,
  type ErrorCode,
  FIELD_ORDER,
  HARDWARE,
  jobsSchema,
  type PolicyJson,
  policyHash,
  zPolicy,
} from '../../src/protocol/index.ts'
import { secretOf, type TestRegistry, testCredential, testRegistry } from '../../test/shared/proof-fixture.ts'
import { computePolicy } from './accepted.ts'
import type { Vector } from './vector.ts'
import {
  attested,
  CLOCK,
  credential,
  measured,
  parserAccepts,
  requestJson,
  STEP,
  selfReported,
  statementsOf,
} from './world.ts'

const stated = { ramMiB: selfReported(16_384n), gops: measured(50n) }
const compute = credential(COMPUTE, stated)
const jobs = jobsSchema('jobs.example')
const permitted: PolicyJson = { schema: HARDWARE, claims: { model: { anyOf: ['3'], source: 'selfReported' } } }
const modelZero = credential(HARDWARE, { model: selfReported(0n), vramMiB: measured(24_576n) })
const minusTwo = String(FIELD_ORDER - 2n)

interface Case {
  name: string
  reason: ErrorCode
  policy?: PolicyJson
  held?: Credential
  registry?: TestRegistry
  /** Inputs that a holder who lies exchanges. */
  inputs?: (honest: CircuitInputs) => CircuitInputs
}

const bounds = (claims: PolicyJson['claims']): PolicyJson => ({ schema: COMPUTE, claims })
const policyOf = (json: PolicyJson) => String(policyHash(zPolicy.parse(json)))

const cases: Case[] = [
  {
    name: 'a claim one step below min',
    reason: 'policyNotMet',
    policy: bounds({ ramMiB: { min: '17408', source: 'selfReported' } }),
  },
  {
    name: 'a claim one step above max',
    reason: 'policyNotMet',
    policy: bounds({ gops: { max: '49', source: 'measured' } }),
  },
  {
    name: 'a self-reported claim where a measured one is asked for',
    reason: 'policyNotMet',
    policy: bounds({ ramMiB: { min: '8192', source: 'measured' } }),
  },
  {
    name: 'an unused claim where any value is good but the source is not',
    reason: 'policyNotMet',
    policy: bounds({ diskGiB: { min: '0', source: 'selfReported' } }),
  },
  {
    name: 'least sources (2, 1) opened as (-2, 2)',
    reason: 'policyNotMet',
    policy: {
      schema: jobs,
      claims: { epoch: { source: 'measured' }, completed: { source: 'selfReported' } },
    },
    held: credential(jobs, { epoch: selfReported(2900n), completed: measured(120n) }),
    inputs: (honest) => ({ ...honest, policyMinSources: [minusTwo, '2', '0', '0', '0', '0', '0', '0'] }),
  },
  {
    name: 'another policy hash than that of the bounds',
    reason: 'policyMismatch',
    inputs: (honest) => ({ ...honest, policy: policyOf(bounds({})) }),
  },
  {
    name: 'a source above the cap of its issuer',
    reason: 'untrustedIssuer',
    policy: { schema: HARDWARE, claims: { vramMiB: { min: '24576', source: 'measured' } } },
    held: credential(HARDWARE, { vramMiB: attested(24_576n) }),
  },
  {
    name: 'a cap other than the one in the leaf',
    reason: 'untrustedIssuer',
    policy: { schema: HARDWARE, claims: { vramMiB: { min: '24576', source: 'measured' } } },
    held: credential(HARDWARE, { vramMiB: attested(24_576n) }),
    inputs: (honest) => ({ ...honest, sourceCap: '3' }),
  },
  {
    name: 'an expiry one second before now',
    reason: 'expired',
    held: credential(COMPUTE, stated, { expiresAt: CLOCK + STEP - 1 }),
  },
  { name: 'a revoked bit', reason: 'revoked', registry: testRegistry([compute], 2, [77]) },
  {
    name: 'a revoked bit, shown through another list of the same issuer',
    reason: 'revoked',
    held: credential(COMPUTE, stated, { list: 1 }),
    registry: testRegistry([credential(COMPUTE, stated)]),
  },
  {
    name: 'the same, with the other list stated as its own',
    reason: 'revoked',
    held: credential(COMPUTE, stated, { list: 1 }),
    registry: testRegistry([credential(COMPUTE, stated)]),
    inputs: (honest) => ({ ...honest, list: '0' }),
  },
  {
    name: 'an issuer that the registry does not trust',
    reason: 'untrustedIssuer',
    inputs: (honest) => ({ ...honest, registryRoot: '1' }),
  },
  {
    name: 'model 0 where model 3 alone is permitted',
    reason: 'policyNotMet',
    policy: permitted,
    held: modelZero,
  },
  {
    name: 'model 0 where the permitted values are filled up with 0',
    reason: 'policyMismatch',
    policy: permitted,
    held: modelZero,
    inputs: (honest) => ({ ...honest, policyAny: ['3', '0', '0', '0', '0', '0', '0', '0'] }),
  },
  {
    name: 'model 0 where claim 0 is said to be free',
    reason: 'policyMismatch',
    policy: permitted,
    held: modelZero,
    inputs: (honest) => ({ ...honest, policyFree: '1' }),
  },
  {
    name: 'a credential of a foreign schema',
    reason: 'policyMismatch',
    policy: computePolicy,
    held: credential(jobs, { epoch: measured(16_384n), completed: measured(50n) }),
  },
  {
    name: 'the credential of someone else',
    reason: 'credentialInvalid',
    held: testCredential({
      issuer: 'lab',
      holder: 'bob',
      schema: COMPUTE,
      stated,
      expiresAt: CLOCK + 86_400,
      statusIndex: 77,
    }),
  },
  {
    name: 'a claim raised after signing',
    reason: 'credentialInvalid',
    inputs: (honest) => ({ ...honest, claims: ['32768', ...honest.claims!.slice(1)] }),
  },
  {
    name: 'another pseudonym than the subject: a secret of another',
    reason: 'credentialInvalid',
    inputs: (honest) => ({ ...honest, secret: String(secretOf('bob')) }),
  },
]

/** Statements that no proof exists for, under requests that a parser accepts. */
export function refusedStatements(): Vector[] {
  return cases.map(({ name, reason, policy = computePolicy, held = compute, registry, inputs }): Vector => {
    const request = requestJson([policy])
    const answer = { request, credentials: [held], ...(registry === undefined ? {} : { registry }) }
    const honest = circuitInputs(statementsOf(answer)[0]!)
    const circuit = { verdict: 'refused' as const, inputs: inputs?.(honest) ?? honest }
    return { name, verdict: 'refused', reason, parser: parserAccepts(request), circuit }
  })
}
