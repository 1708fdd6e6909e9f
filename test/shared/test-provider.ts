import { generateMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { type CredentialEvidence, credentialRequestBody } from '../../src/client/index.ts'
import {
  answerChallenge,
  type InspectionReport,
  type MatrixSamples,
  multiplyInProcess,
  zMatrixChallenge,
} from '../../src/evidence/index.ts'
import { deriveKeys } from '../../src/holder/index.ts'
import {
  COMPUTE,
  type DidSigner,
  didKeyFromEd25519,
  keyId,
  machineDevice,
  parseCredential,
  type ServiceDescription,
  UPTIME,
  zServiceDescription,
} from '../../src/protocol/index.ts'
import { nowSeconds, randomBytes, send } from './http.ts'

/** What a lying prover does: every entry of every product is one too high. */
const multiplyFalsely: typeof multiplyInProcess = async (left, right, n) => {
  const product = await multiplyInProcess(left, right, n)
  return product.map((entry) => entry + 1)
}

export type TestProvider = Awaited<ReturnType<typeof createTestProvider>>

/** The provider's wallet and machine: by default a new wallet's machine 0, with its first agent key and no GPU. */
export interface ProviderSettings {
  phrase?: string
  machine?: number
  generation?: number
  gpus?: InspectionReport['gpus']
  /** Seconds since the Unix epoch; the machine's clock unless a test drives the service's. */
  clock?: () => number
}

/** A provider with a wallet and a machine, which asks a service for credentials over real HTTP. */
export async function createTestProvider(
  url: string,
  {
    phrase = generateMnemonic(wordlist),
    machine = 0,
    generation = 0,
    gpus = [],
    clock = nowSeconds,
  }: ProviderSettings = {},
) {
  const keys = deriveKeys(phrase)
  const machineId = keys.machineIdFor(machine)
  const device = machineDevice(machineId)
  const agentKey = keys.agentKeyFor(machine, generation)
  const agentDid = didKeyFromEd25519(agentKey.publicKey)
  const agent: DidSigner = { did: agentDid, kid: keyId(agentDid, agentKey.publicKey), sign: agentKey.sign }
  const description = zServiceDescription.parse((await send(`${url}/v1/service`)).json)

  const report = (): InspectionReport => ({
    type: 'inspection/1',
    inspectedAt: clock(),
    machineId,
    cpuBrand: 'Test CPU',
    cores: 8,
    ramMiB: 16_000,
    diskGiB: 500,
    netMbit: null,
    virtual: false,
    gpus,
  })

  const signerFor = (issuer: string): DidSigner => {
    const { did, publicKey, sign } = keys.didKeyFor(issuer)
    return { did, kid: keyId(did, publicKey), sign }
  }

  /** The body of a request for a credential. */
  const bodyFor = (schema: string, evidence: CredentialEvidence) => {
    const request = { keys, issuer: issuerOf(description, schema), schema, device, agentKey, generation, evidence }
    return credentialRequestBody(request, { clock, randomBytes })
  }

  /** Asks for a credential. */
  const ask = async (schema: string, evidence: CredentialEvidence) => {
    const signer = signerFor(issuerOf(description, schema))
    return send(`${url}/v1/credentials`, { body: await bodyFor(schema, evidence), signer, signedAt: clock() })
  }

  /** Asks for a challenge, answers it (falsely where asked) and returns its id and the last answer. */
  const measure = async ({ falsely = false } = {}) => {
    const request = { body: { device: String(device) }, signer: agent, signedAt: clock() }
    const asked = await send(`${url}/v1/challenges`, request)
    const challenge = zMatrixChallenge.parse(asked.json)
    const multiply = falsely ? multiplyFalsely : multiplyInProcess
    const effects = { agentKey: agentKey.publicKey, sign: agentKey.sign, device, multiply }
    const { commitment, open } = await answerChallenge(challenge, effects)
    const committed = await send(`${url}/v1/challenges/${challenge.id}/commitment`, { body: commitment })
    const { samples } = committed.json as MatrixSamples
    const opened = await send(`${url}/v1/challenges/${challenge.id}/openings`, { body: open(samples) })
    return { challenge, commitment, opened }
  }

  /** A measurement and the credential that it gives: the device is in the register then. */
  const enroll = async () => {
    const { challenge } = await measure()
    const answer = await ask(COMPUTE, { type: 'challenge', challengeId: challenge.id, report: report() })
    return credentialOf(answer.json)
  }

  const askUptime = (epoch: number) => ask(UPTIME, { type: 'heartbeats', epoch })

  return {
    ...{ keys, machineId, device, agentKey, agent, description, report },
    ...{ signerFor, bodyFor, ask, measure, enroll, askUptime },
  }
}

/** The issuer of a schema, as a service describes itself. */
export function issuerOf({ issuers }: ServiceDescription, schema: string): string {
  const issuer = issuers.find(({ schemas }) => schemas.includes(schema))
  if (issuer === undefined) throw new Error(`nobody issues ${schema}`)
  return issuer.did
}

/** The credential in an answer of POST /v1/credentials, its signature not looked at. */
export function credentialOf(json: unknown) {
  const { credential: jwt } = json as { credential: string }
  const payload: unknown = JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString())
  return { jwt, payload, credential: parseCredential(payload) }
}
