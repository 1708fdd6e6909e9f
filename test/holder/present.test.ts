import { groth16 } from 'snarkjs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { choosePresentation } from '../../src/holder/choose-presentation.ts'
import { sourceTerms } from '../../src/holder/credential-terms.ts'
import { present } from '../../src/holder/present.ts'
import { closeProver, createProver } from '../../src/holder/prove.ts'
import type { Prove } from '../../src/holder/prover.ts'
import { verifyCredential } from '../../src/holder/read-credential.ts'
import { readProofRequest } from '../../src/holder/read-proof-request.ts'
import { COMPUTE, REPUTATION } from '../../src/protocol/claim-schemas.ts'
import { machineDevice } from '../../src/protocol/device.ts'
import { audienceField } from '../../src/protocol/did.ts'
import { devicePseudonym, pseudonym } from '../../src/protocol/hashes.ts'
import { keyThumbprint } from '../../src/protocol/jwk.ts'
import { verifyJws } from '../../src/protocol/jws.ts'
import { type PolicyJson, policyHash } from '../../src/protocol/policy.ts'
import { CONTROL_TYP, presentationHash, zPresentation } from '../../src/protocol/presentation.ts'
import { challengeOf } from '../../src/protocol/proof-request.ts'
import { loadProvingArtifacts, loadVerifyingArtifacts } from '../../src/storage/circuit-artifacts.ts'
import {
  createMemoryStore,
  createProofRequest,
  loadVerificationKey,
  signProofRequest,
  type Verifier,
  verifyPresentation,
} from '../../src/verifier/index.ts'
import {
  digest,
  issuer,
  keys,
  measured,
  NOW,
  otherKeys,
  party,
  proofRequest,
  REGISTRY,
  registryView,
  resolveKeys,
  STEP,
  selfReported,
} from './fixture.ts'

const office = issuer('hardware office')
const scorer = issuer('reputation service')
const dapp = party('dapp')
const device = machineDevice('00112233445566778899aabbccddeeff')
const view = registryView([
  { issuer: office, schema: COMPUTE },
  { issuer: scorer, schema: REPUTATION },
])
const policies: PolicyJson[] = [
  {
    schema: COMPUTE,
    claims: { ramMiB: { min: '8192', source: 'measured' }, cores: { min: '2', source: 'selfReported' } },
  },
  { schema: REPUTATION, claims: { score: { min: '10', source: 'measured' } } },
]

let prove: Prove
let circuit: string

beforeAll(async () => {
  const { record, wasm, zkey } = await loadProvingArtifacts()
  circuit = record.id
  prove = createProver({ wasm, zkey })
})
afterAll(closeProver)

async function hold(): Promise<Parameters<typeof choosePresentation>[0]['credentials']> {
  const machine = await office.issue({
    schema: COMPUTE,
    claims: { ramMiB: measured(16_384n), gops: measured(50n), cores: selfReported(4n) },
    terms: office.terms(device),
    statusIndex: 77,
  })
  const score = await scorer.issue({
    schema: REPUTATION,
    claims: { modelVersion: measured(1n), score: measured(25n), upper: measured(800n) },
    terms: sourceTerms(keys, scorer.did),
  })
  return Promise.all([machine, score].map((jwt) => verifyCredential(jwt, { keys, resolveKeys })))
}

it('answers a request with one proof a policy, which the verification key accepts', async () => {
  const request = proofRequest(dapp.did, { policies, circuit })
  const credentials = await hold()
  const choices = choosePresentation({ request, credentials, view, now: NOW })
  const presentation = await present({ request, choices, keys, circuit, prove })

  const parsed = zPresentation.parse(presentation)
  const session = keys.sessionKeyFor(request.audience)
  expect(parsed.recipient).toBe(keyThumbprint(session.publicKey))
  const audience = audienceField(dapp.did)
  const devices = credentials.map(({ credential }) => credential.device)
  expect(parsed.proofs.map(({ signals }) => signals)).toEqual(
    request.policies.map((policy, i) => [
      pseudonym(keys.secret(), audience),
      devicePseudonym(keys.secret(), audience, devices[i]!),
      audience,
      challengeOf(request, parsed.recipient),
      policyHash(policy),
      BigInt(NOW + STEP),
      view.root,
    ]),
  )

  const { verificationKey } = await loadVerifyingArtifacts()
  for (const { proof, signals } of presentation.proofs) {
    const snarkjsProof = {
      pi_a: [...proof.a, '1'],
      pi_b: [...proof.b, ['1', '0']],
      pi_c: [...proof.c, '1'],
      protocol: 'groth16',
      curve: 'bn128',
    }
    expect(await groth16.verify(verificationKey, signals, snarkjsProof)).toBe(true)
    expect(await groth16.verify(verificationKey, [...signals.slice(0, 6), '1'], snarkjsProof)).toBe(false)
  }

  const control = await verifyJws(presentation.control, { typ: CONTROL_TYP, thumbprint: parsed.recipient })
  expect(control.payload).toEqual({ nonce: request.nonce, presentation: presentationHash(presentation) })
})

it('convinces the verifier who asked: once, and again on an exact retry', async () => {
  const { record, verificationKey } = await loadVerifyingArtifacts()
  const key = await loadVerificationKey({ key: verificationKey, record, circuit, production: false })
  const store = createMemoryStore()
  const roots = [{ number: view.number, sub: view.sub, root: view.root }]
  const verifier: Verifier<undefined> = {
    key,
    store,
    roots: async () => ({ registry: REGISTRY, intervalSeconds: view.intervalSeconds, stepSeconds: STEP, roots }),
    clock: () => NOW + 5,
  }
  const audience = { did: dapp.did, context: 'season 1' }
  const asked = createProofRequest(
    {
      audience,
      purpose: 'joining',
      policies,
      circuit,
      registry: REGISTRY,
      replay: { key: 'pseudonym', period: '2027' },
    },
    { now: NOW, stepSeconds: STEP, randomBytes: (length) => digest('a nonce').subarray(0, length) },
  )
  await store.issue(asked)
  const jwt = await signProofRequest(asked, dapp)

  const request = await readProofRequest(jwt, { resolveKeys, now: NOW + 2, stepSeconds: STEP })
  const choices = choosePresentation({ request, credentials: await hold(), view, now: NOW + 2 })
  const presentation = await present({ request, choices, keys, circuit, prove })
  const verify = () =>
    verifyPresentation({ audience, presentation: JSON.parse(JSON.stringify(presentation)) }, verifier)

  const session = keys.sessionKeyFor(audience)
  expect(await verify()).toMatchObject({
    ok: true,
    retry: false,
    pseudonym: pseudonym(keys.secret(), audienceField(dapp.did, 'season 1')),
    recipient: keyThumbprint(session.publicKey),
  })
  expect(await verify()).toMatchObject({ ok: true, retry: true })
  const again = await present({ request, choices, keys, circuit, prove })
  expect(await verifyPresentation({ audience, presentation: again }, verifier)).toMatchObject({
    ok: false,
    code: 'nonceUsed',
  })
})

it('names the template that refuses a statement nobody should have asked it to prove', async () => {
  const request = proofRequest(dapp.did, { policies, circuit })
  const choices = choosePresentation({ request, credentials: await hold(), view, now: NOW })
  const revoked = { ...choices[0]!, status: { ...choices[0]!.status, word: 1n << 77n } }
  await expect(present({ request, choices: [revoked, choices[1]!], keys, circuit, prove })).rejects.toMatchObject({
    code: 'credentialInvalid',
    message: "No proof exists: the circuit's template StatusBit refuses the statement",
    detail: { template: 'StatusBit' },
  })
})

it('names the template, too, where a source is too low or above the cap, if a wallet let it pass', async () => {
  const request = proofRequest(dapp.did, { policies: policies.slice(0, 1), circuit })
  const [choice] = choosePresentation({
    request: { ...request, policies: request.policies },
    credentials: await hold(),
    view,
    now: NOW,
  })
  const demanding = {
    ...request,
    policies: [{ ...request.policies[0]!, claims: { cores: { source: 'measured' as const } } }],
  }
  const capped = { ...choice!, trust: { ...choice!.trust, sourceCap: 1 } }
  for (const [asked, used] of [
    [demanding, choice!],
    [request, capped],
  ] as const) {
    await expect(present({ request: asked, choices: [used], keys, circuit, prove })).rejects.toMatchObject({
      code: 'credentialInvalid',
    })
  }
})

it("refuses to present with another holder's keys: the binding is not theirs", async () => {
  const request = proofRequest(dapp.did, { policies, circuit })
  const choices = choosePresentation({ request, credentials: await hold(), view, now: NOW })
  await expect(present({ request, choices, keys: otherKeys, circuit, prove })).rejects.toMatchObject({
    code: 'credentialInvalid',
    detail: { template: 'CredentialSignature' },
  })
})

it('sends nothing when the prover answers for another statement', async () => {
  const request = proofRequest(dapp.did, { policies: policies.slice(0, 1), circuit })
  const choices = choosePresentation({ request, credentials: await hold(), view, now: NOW })
  const proof = {
    a: ['1', '2'],
    b: [
      ['1', '2'],
      ['1', '2'],
    ],
    c: ['1', '2'],
  } satisfies Awaited<ReturnType<Prove>>['proof']
  const audience = audienceField(dapp.did)
  const honest = [
    pseudonym(keys.secret(), audience),
    devicePseudonym(keys.secret(), audience, device),
    audience,
    challengeOf(request, keyThumbprint(keys.sessionKeyFor(request.audience).publicKey)),
    policyHash(request.policies[0]!),
    BigInt(NOW + STEP),
    view.root,
  ].map(String)
  const presentWith = (publicSignals: string[]) => {
    return present({ request, choices, keys, circuit, prove: async () => ({ proof, publicSignals }) })
  }
  await expect(presentWith(honest)).resolves.toBeDefined()
  const names = ['pseudonym', 'devicePseudonym', 'audience', 'challenge', 'policy', 'now', 'registryRoot']
  for (const [i, name] of names.entries()) {
    await expect(presentWith(honest.with(i, '5'))).rejects.toMatchObject({
      code: 'proofInvalid',
      message: `The prover answered for another statement (${name})`,
    })
  }
  await expect(presentWith([...honest, '1'])).rejects.toMatchObject({ code: 'proofInvalid' })
})

it('refuses a request for another circuit before proving', async () => {
  const request = proofRequest(dapp.did, { policies })
  const choices = choosePresentation({ request, credentials: await hold(), view, now: NOW })
  await expect(present({ request, choices, keys, circuit, prove })).rejects.toMatchObject({
    code: 'circuitMismatch',
    message: 'The proof request is for another circuit or key than this wallet has',
  })
})
