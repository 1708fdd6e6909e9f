import { COMPUTE, type Credential, HARDWARE, jobsSchema, type PolicyJson, UPTIME } from '../../src/protocol/index.ts'
import { type TestRegistry, testRegistry } from '../../test/shared/proof-fixture.ts'
import type { Vector } from './vector.ts'
import {
  attested,
  CLOCK,
  circuitAccepts,
  credential,
  measured,
  parserAccepts,
  requestJson,
  STEP,
  selfReported,
  signalsOf,
  statementsOf,
  verifierPart,
} from './world.ts'

const compute = { ramMiB: selfReported(16_384n), gops: measured(50n), cores: selfReported(4n) }
const uptime = { epoch: measured(20_000n), uptimeMicro: measured(990_000n), monitors: measured(1n) }
const gpu = { model: selfReported(7n), vramMiB: attested(24_576n), gpuCount: measured(2n) }
export const computePolicy: PolicyJson = {
  schema: COMPUTE,
  claims: { ramMiB: { min: '8192', source: 'selfReported' }, gops: { min: '10', max: '50', source: 'measured' } },
}

interface Case {
  name: string
  policies: PolicyJson[]
  credentials: Credential[]
  registry?: TestRegistry
  request?: Record<string, unknown>
}

const cases: Case[] = [
  {
    name: 'a self-reported and a measured claim',
    policies: [computePolicy],
    credentials: [credential(COMPUTE, compute)],
  },
  {
    name: 'a policy that bounds nothing',
    policies: [{ schema: COMPUTE, claims: {} }],
    credentials: [credential(COMPUTE, compute)],
  },
  {
    name: 'a claim that equals min and max at once',
    policies: [{ schema: COMPUTE, claims: { ramMiB: { min: '16384', max: '16384', source: 'selfReported' } } }],
    credentials: [credential(COMPUTE, compute)],
  },
  {
    name: 'bounds of 0 and 2^64 - 1',
    policies: [
      { schema: COMPUTE, claims: { cores: { min: '0', max: '18446744073709551615', source: 'selfReported' } } },
    ],
    credentials: [credential(COMPUTE, compute)],
  },
  {
    name: 'the second of expiry',
    policies: [computePolicy],
    credentials: [credential(COMPUTE, compute, { expiresAt: CLOCK + STEP })],
  },
  {
    name: 'one of three permitted models, an attested claim under a cap of attested',
    policies: [
      {
        schema: HARDWARE,
        claims: {
          model: { anyOf: ['3', '7', '9'], source: 'selfReported' },
          vramMiB: { min: '24576', source: 'attested' },
        },
      },
    ],
    credentials: [credential(HARDWARE, gpu)],
    registry: testRegistry([credential(HARDWARE, gpu)], 3),
  },
  {
    name: 'a source better than the one asked for',
    policies: [{ schema: HARDWARE, claims: { gpuCount: { min: '1', source: 'selfReported' } } }],
    credentials: [credential(HARDWARE, gpu)],
    registry: testRegistry([credential(HARDWARE, gpu)], 3),
  },
  {
    name: 'counters of a marketplace, with a replay key',
    policies: [{ schema: jobsSchema('jobs.example'), claims: { completed: { min: '100', source: 'measured' } } }],
    credentials: [credential(jobsSchema('jobs.example'), { epoch: measured(2900n), completed: measured(120n) })],
    request: { replay: { key: 'pseudonym', period: '2027-W01' } },
  },
  {
    name: 'two proofs of one device',
    policies: [computePolicy, { schema: UPTIME, claims: { uptimeMicro: { min: '990000', source: 'measured' } } }],
    credentials: [credential(COMPUTE, compute), credential(UPTIME, uptime)],
    request: { sameDevice: true },
  },
]

/** Requests, statements and signals that every judge accepts. A request with two policies has one circuit part a proof. */
export function acceptedVectors(): Vector[] {
  return cases.flatMap(({ name, policies, credentials, registry, request: changes }) => {
    const request = requestJson(policies, changes)
    const statements = statementsOf({ request, credentials, ...(registry === undefined ? {} : { registry }) })
    return statements.map((statement, i): Vector => {
      const whole = { name, verdict: 'accepted', circuit: circuitAccepts(statement) } as const
      if (i > 0) return { ...whole, name: `${name}: proof ${i + 1}` }
      const verifier = verifierPart('accepted', request, statements.map(signalsOf))
      return { ...whole, parser: parserAccepts(request), verifier }
    })
  })
}
