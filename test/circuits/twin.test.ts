import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCeremonyRecord } from '../../scripts/circuits/ceremony-record.ts'
import { findCircuit } from '../../scripts/circuits/circuit-list.ts'
import { derivePublicKey, signMessage } from '../../src/protocol/babyjubjub.ts'
import { circuitInputs } from '../../src/protocol/circuit-inputs.ts'
import { HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { statedClaims } from '../../src/protocol/claims.ts'
import { type Credential, messageOf } from '../../src/protocol/credential.ts'
import { machineDevice } from '../../src/protocol/device.ts'
import { audienceField } from '../../src/protocol/did.ts'
import { FIELD_ORDER, MAX_UINT64, toField } from '../../src/protocol/field.ts'
import { deviceBinding, devicePseudonym, pseudonym, registryLeaf } from '../../src/protocol/hashes.ts'
import { policyHash, zPolicy } from '../../src/protocol/policy.ts'
import { PUBLIC_SIGNALS } from '../../src/protocol/signals.ts'
import { emptyStatusList, isRevoked, revokeIndex, statusPath, statusRoot } from '../../src/protocol/status-list.ts'
import { type Choices, type Inputs, inputsFor, registered } from './scenario.ts'
import { witnessValues } from './witness.ts'

const field = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n })
const uint64 = fc.bigInt({ min: 0n, max: MAX_UINT64 })
const index = fc.integer({ min: 0, max: 131_071 })

/** A claim between its bounds. */
const bounded = fc.tuple(uint64, uint64, uint64).map((three) => three.toSorted((a, b) => (a < b ? -1 : 1)))

const statement = fc
  .record({
    secret: field,
    audience: field,
    challenge: field,
    issuerAudience: field,
    device: field,
    schema: field,
    issuerPrivateKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    times: fc.tuple(uint64, uint64),
    statusIndex: index,
    revoked: fc.array(index, { maxLength: 20 }),
    list: fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }),
    bounds: fc.array(bounded, { minLength: 8, maxLength: 8 }),
    sourceCap: fc.bigInt({ min: 1n, max: 3n }),
    levels: fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), {
      minLength: 8,
      maxLength: 8,
    }),
    registryIndex: fc.integer({ min: 0, max: 32_767 }),
    otherLeaves: fc.array(field, { maxLength: 9 }),
    permitted: fc.array(uint64, { maxLength: 7 }),
    free: fc.boolean(),
  })
  .map(({ times, bounds, levels, permitted, free, ...rest }): Choices => {
    const [now, expiresAt] = times.toSorted((a, b) => (a < b ? -1 : 1)) as [bigint, bigint]
    const sources = levels.map(([level]) => Math.min(level, Number(rest.sourceCap)))
    const claims = bounds.map(([, claim]) => claim!)
    const any = [...permitted, claims[0]!].toSorted((a, b) => (a < b ? -1 : 1))
    return {
      ...rest,
      now,
      expiresAt,
      revoked: rest.revoked.filter((one) => one !== rest.statusIndex),
      claims,
      sources,
      minSources: levels.map(([, minimum], i) => Math.min(minimum, sources[i]!)),
      min: bounds.map(([min]) => min!),
      max: bounds.map(([, , max]) => max!),
      any: Array.from({ length: 8 }, (_, i) => (free ? 0n : (any[i] ?? any.at(-1)!))),
      free: free ? 1n : 0n,
    }
  })

test('circuit and TypeScript agree on any statement that holds', async () => {
  await fc.assert(
    fc.asyncProperty(statement, async (choices) => {
      const inputs = inputsFor(choices)
      const [one, ...signals] = (await witnessValues(inputs)).slice(0, PUBLIC_SIGNALS.length + 1)
      expect(one).toBe(1n)
      expect(signals).toEqual([
        pseudonym(choices.secret, choices.audience),
        devicePseudonym(choices.secret, choices.audience, choices.device),
        choices.audience,
        choices.challenge,
        inputs.policy,
        choices.now,
        inputs.registryRoot,
      ])
    }),
    { numRuns: 12 },
  )
})

test('circuitInputs gives the circuit a credential, a policy and paths as the protocol states them', async () => {
  const privateKey = Uint8Array.from({ length: 32 }, (_, i) => i)
  const key = derivePublicKey(privateKey)
  const issuer = 'did:web:issuer.example'
  const secret = toField('secret')
  const device = machineDevice('1'.repeat(32))
  const unsigned: Omit<Credential, 'signature'> = {
    id: 'urn:uuid:11111111-2222-3333-4444-555555555555',
    issuer,
    holder: 'did:example:holder',
    schema: HARDWARE,
    subject: pseudonym(secret, audienceField(issuer)),
    device,
    binding: deviceBinding(secret, device),
    issuedAt: 1_900_000_000,
    expiresAt: 1_900_086_400,
    statusListUrl: 'https://issuer.example/v1/status-lists/7',
    statusIndex: 129,
    list: 7,
    ...statedClaims(HARDWARE, {
      model: { value: 3n, source: 'selfReported' },
      vramMiB: { value: 24_576n, source: 'measured' },
      gops: { value: 100_000n, source: 'measured' },
      powerLimitW: { value: 350n, source: 'selfReported' },
    }),
    key,
  }
  const credential: Credential = { ...unsigned, signature: signMessage(privateKey, messageOf(unsigned)) }
  const list = revokeIndex(emptyStatusList(), 128)
  expect(isRevoked(list, 129)).toBe(false)
  const leaf = registryLeaf({
    issuer: audienceField(issuer),
    key,
    schema: toField(HARDWARE),
    list: 7n,
    sourceCap: 2n,
    statusRoot: statusRoot(list),
  })
  const { registryRoot, registrySiblings } = registered(leaf)
  const policy = zPolicy.parse({
    schema: HARDWARE,
    claims: { model: { anyOf: ['3', '9'], source: 'selfReported' }, vramMiB: { min: '16384', source: 'measured' } },
  })
  const audience = audienceField('did:web:dapp.example', 'season 1')
  const inputs = circuitInputs({
    secret,
    audience,
    challenge: 42n,
    now: 1_900_000_100,
    policy,
    credential,
    trust: { root: registryRoot, index: 5, sourceCap: 2, siblings: registrySiblings },
    status: statusPath(list, 129),
  })
  expect(Object.keys(inputs).sort()).toEqual(Object.keys(inputsFor()).sort())
  expect((await witnessValues(inputs as unknown as Inputs)).slice(1, 8)).toEqual([
    pseudonym(secret, audience),
    devicePseudonym(secret, audience, device),
    audience,
    42n,
    policyHash(policy),
    1_900_000_100n,
    registryRoot,
  ])
})

test('circuits.json, ceremony record and TypeScript name the public signals in one order', async () => {
  expect(findCircuit('presentation').publicSignals).toEqual([...PUBLIC_SIGNALS])
  expect((await readCeremonyRecord('presentation')).publicSignals).toEqual([...PUBLIC_SIGNALS])
})
