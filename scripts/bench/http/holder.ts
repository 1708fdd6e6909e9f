import { randomBytes as drawBytes } from 'node:crypto'
import { createServiceClient, credentialRequestBody } from '../../../src/client/index.ts'
import { choosePresentation, deriveKeys, drawPhrase, present, verifyCredential } from '../../../src/holder/index.ts'
import { createProver } from '../../../src/holder/prove.ts'
import {
  COMPUTE,
  didSignerFromKey,
  ed25519FromDidKey,
  keyId,
  machineDevice,
  signRequest,
} from '../../../src/protocol/index.ts'
import { loadProvingArtifacts } from '../../../src/storage/circuit-artifacts.ts'
import { createProofRequest, signProofRequest } from '../../../src/verifier/index.ts'
import type { Call } from '../measure-rate.ts'

const clock = () => Math.floor(Date.now() / 1000)
const randomBytes = (length: number) => new Uint8Array(drawBytes(length))
const resolveKeys = async (did: string) => [ed25519FromDidKey(did)]

/** Sends bytes as JSON, and expects a status. */
async function post(url: string, body: string, status: number, authorization?: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) }
  const response = await fetch(url, { method: 'POST', body, headers })
  const json: unknown = await response.json()
  if (response.status !== status) throw new Error(`${url} answered ${response.status}: ${JSON.stringify(json)}`)
  return json
}

/** A holder whose calls are made, signed and proved beforehand, so that only the service's work is timed. */
export async function createBenchHolder(url: string) {
  const keys = deriveKeys(drawPhrase(randomBytes))
  const client = createServiceClient(url, { fetch, clock, randomBytes })
  const { issuers, registryId } = await client.describe()
  const issuer = issuers.find(({ schemas }) => schemas.includes(COMPUTE))!.did
  const { did, publicKey, sign } = keys.didKeyFor(issuer)
  const signer = { did, kid: keyId(did, publicKey), sign }
  let machines = 0

  /** A request for a self-reported credential about a machine that nobody asked about before. */
  const credentialCall = async (): Promise<Call> => {
    const machine = machines++
    const machineId = keys.machineIdFor(machine)
    const device = machineDevice(machineId)
    const about = { type: 'inspection/1' as const, inspectedAt: clock(), machineId, gpus: [] }
    const size = { cores: 8, ramMiB: 16_384, diskGiB: null, netMbit: null, virtual: null }
    const report = { ...about, ...size, cpuBrand: 'Benchmark CPU' }
    const evidence = { type: 'inspection', report } as const
    const wanted = {
      keys,
      issuer,
      schema: COMPUTE,
      device,
      agentKey: keys.agentKeyFor(machine, 0),
      generation: 0,
      evidence,
    }
    const body = JSON.stringify(await credentialRequestBody(wanted, { clock, randomBytes }))
    const address = `${url}/v1/credentials`
    const bytes = new TextEncoder().encode(body)
    const signed = { method: 'POST', url: address, body: bytes }
    const authorization = await signRequest(signed, signer, { now: clock(), randomBytes })
    return () => post(address, body, 201, authorization)
  }

  /** Makes answers to requests of a dapp's, each with a nonce and a proof of its own. */
  const presentations = async (count: number): Promise<Call[]> => {
    const { credential } = (await (await credentialCall())()) as { credential: string }
    const credentials = [await verifyCredential(credential, { keys, resolveKeys })]
    const { view } = await client.registry({ registryId, resolveKeys })
    const { record, wasm, zkey } = await loadProvingArtifacts()
    const prove = createProver({ wasm, zkey })
    const dapp = didSignerFromKey(randomBytes(32))
    const asked = {
      audience: { did: dapp.did },
      purpose: 'benchmark',
      policies: [{ schema: COMPUTE, claims: { ramMiB: { min: '8192', source: 'selfReported' as const } } }],
      circuit: record.id,
      registry: registryId,
      lifetimeSeconds: 3600,
    }
    const calls: Call[] = []
    for (let i = 0; i < count; i++) {
      const request = createProofRequest(asked, { now: clock(), stepSeconds: view.stepSeconds, randomBytes })
      const choices = choosePresentation({ request, credentials, view, now: clock() })
      const presentation = await present({ request, choices, keys, circuit: record.id, prove })
      const body = JSON.stringify({ request: await signProofRequest(request, dapp), presentation })
      calls.push(async () => {
        const { ok, code } = (await post(`${url}/v1/presentations/verify`, body, 200)) as { ok: boolean; code?: string }
        if (!ok) throw new Error(`A correct presentation was refused: ${code}`)
      })
    }
    return calls
  }

  /** A question for a score. */
  const scoreCall =
    (pseudonym: string): Call =>
    async () => {
      const response = await fetch(`${url}/v1/reputation/${pseudonym}`)
      const json = (await response.json()) as { pseudonym?: string }
      if (json.pseudonym !== pseudonym) throw new Error(`The score was answered by ${response.status}`)
    }

  return { credentialCall, presentations, scoreCall }
}
