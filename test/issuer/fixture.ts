import { createHash, randomBytes as nodeRandomBytes } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import {
  acceptCommitment,
  answerChallenge,
  type ClosedChallenge,
  checkOpenings,
  createChallenge,
  createMeasuringKey,
  type GpuInspection,
  type HeartbeatReceipt,
  type HeartbeatSettings,
  type InspectionReport,
  type MatrixChallenge,
  multiplyInProcess,
  prepareMeasuringKey,
  replyBytes,
  signHeartbeatMessage,
  slotsOfEpoch,
  zHeartbeatReceipt,
} from '../../src/evidence/index.ts'
import {
  createIssuer,
  type DeviceReleaseJson,
  type DeviceRequest,
  type IssueRequest,
  type Issuer,
  type IssuerSettings,
  type SignedRelease,
} from '../../src/issuer/index.ts'
import {
  type AgentConsentJson,
  audienceField,
  COMPUTE,
  deviceBinding,
  didKeyFromEd25519,
  ed25519FromDidKey,
  HARDWARE,
  jcsBytes,
  jobsSchema,
  machineDevice,
  pseudonym,
  REPUTATION,
  type ResolveKeys,
  type SignedConsent,
  statedClaims,
  toBase64url,
  toField,
  UPTIME,
} from '../../src/protocol/index.ts'

export const DAY = 86_400
export const NOW = 1_790_000_000
/** Real epochs, one a day. */
export const EPOCH = Math.floor(NOW / DAY)
export const JOBS = jobsSchema('market.example')

export const randomBytes = (length: number) => new Uint8Array(nodeRandomBytes(length))
export const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]

/** 32 bytes that a name always gives. */
export function seedOf(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(name).digest())
}

export type Person = ReturnType<typeof person>

/** A key and its DID, the same each time for a name. */
export function person(name: string) {
  const privateKey = seedOf(name)
  const publicKey = ed25519.getPublicKey(privateKey)
  const did = didKeyFromEd25519(publicKey)
  const sign = async (message: Uint8Array) => ed25519.sign(message, privateKey)
  return { did, kid: `${did}#${did.slice(8)}`, publicKey, hex: bytesToHex(publicKey), sign }
}

export const settings = { sourceCap: 3, renewalSeconds: 30 * DAY, lifetimeSeconds: 60 * DAY }

export function issuerOf(name: string, overrides: Partial<IssuerSettings> = {}): Issuer {
  const { did, kid, sign } = person(name)
  const schemas = {
    [HARDWARE]: settings,
    [COMPUTE]: settings,
    [UPTIME]: settings,
    [JOBS]: settings,
    [REPUTATION]: settings,
  }
  return createIssuer(
    { did, kid, baseUrl: 'https://issuer.example', schemas, stepSeconds: 1, allowSelfReported: true, ...overrides },
    { sign, circuitKey: seedOf(`${name} circuit`) },
  )
}

export interface Machine {
  device: bigint
  report: InspectionReport
  agent: Person
  /** That of the agent's key. */
  generation: number
}

/** A machine: its id, what it reports, its agent's key. Without GPUs unless some are given. */
export function machine(name: string, agent: string = name, gpus: GpuInspection[] = [], generation = 0): Machine {
  const machineId = bytesToHex(seedOf(`${name} machine`)).slice(0, 32)
  const report: InspectionReport = {
    type: 'inspection/1',
    inspectedAt: NOW,
    machineId,
    cpuBrand: 'Test CPU',
    cores: 8,
    ramMiB: 16_000,
    diskGiB: null,
    netMbit: null,
    virtual: null,
    gpus,
  }
  return { device: machineDevice(machineId), report, agent: person(`${agent} agent`), generation }
}

/** The member id that a name always gives. */
export function memberOfName(name: string): string {
  return bytesToHex(seedOf(`${name} member`))
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** A GPU whose member id ends in a number. */
export function gpuOf(number: number, change: Partial<GpuInspection> = {}): GpuInspection {
  return { ...gpu, member: `11111111-2222-3333-4444-${String(number).padStart(12, '0')}`, ...change }
}

const gpu: GpuInspection = {
  member: '11111111-2222-3333-4444-555555555555',
  serial: null,
  name: 'NVIDIA GeForce RTX 4090',
  pciBusId: null,
  vbiosVersion: null,
  driverVersion: null,
  computeCapability: 89,
  memoryMiB: 24_564,
  powerLimitW: 450,
  powerDrawW: null,
  smClockMHz: null,
  pcieGeneration: null,
  pcieWidth: null,
  mig: null,
}

export type Holder = ReturnType<typeof holder>

/** A holder: its secret, and its DID, subject and binding for an issuer and device. */
export function holder(name: string) {
  const secret = toField(`${name} secret`)
  return {
    for: (issuer: Issuer, device: bigint) => {
      const { did, sign } = person(`${name} for ${issuer.did}`)
      const subject = pseudonym(secret, audienceField(issuer.did))
      return { did, sign, subject, binding: deviceBinding(secret, device) }
    },
  }
}

export async function consentOf(
  agent: Person,
  scope: { issuer: string; holder: string; device: bigint; binding: bigint },
  { issuedAt = NOW, generation = 0 } = {},
): Promise<SignedConsent> {
  const consent: AgentConsentJson = {
    type: 'AssayAgentConsent',
    issuer: scope.issuer,
    holder: scope.holder,
    device: String(scope.device),
    binding: String(scope.binding),
    agentKey: agent.hex,
    generation,
    nonce: toBase64url(randomBytes(16)),
    issuedAt,
  }
  return { consent, signature: toBase64url(await agent.sign(jcsBytes(consent))) }
}

export async function releaseOf(
  signer: Person | { did: string; sign: Person['sign'] },
  scope: { issuer: string; device: bigint; from: bigint; to: bigint },
  issuedAt = NOW,
  as: string = signer.did,
): Promise<SignedRelease> {
  const { issuer, device, from, to } = scope
  const release: DeviceReleaseJson = {
    type: 'AssayDeviceRelease',
    issuer,
    serial: toBase64url(randomBytes(16)),
    device: String(device),
    from: String(from),
    to: String(to),
    issuedAt,
  }
  return { release, signer: as, signature: toBase64url(await signer.sign(jcsBytes(release))) }
}

let requests = 0

/** A holder's request for a machine, with its agent's consent. */
export async function requestOf(who: Holder, what: Machine, issuer: Issuer, now = NOW): Promise<DeviceRequest> {
  const { did, subject, binding } = who.for(issuer, what.device)
  const requestId = `request ${++requests}`
  const scope = { issuer: issuer.did, holder: did, device: what.device, binding }
  const consent = await consentOf(what.agent, scope, { issuedAt: now, generation: what.generation })
  return { requestId, requestHash: 'hash', holder: did, subject, device: what.device, binding, consent, now }
}

/** A request with claims, without evidence: what `issueCredential` takes. */
export function issueRequest(issuer: Issuer, name: string, overrides: Partial<IssueRequest> = {}): IssueRequest {
  const { device } = machine(name)
  const { did, subject, binding } = holder(name).for(issuer, device)
  return {
    requestId: `request ${++requests}`,
    requestHash: 'hash',
    holder: did,
    schema: COMPUTE,
    subject,
    device,
    binding,
    ...statedClaims(COMPUTE, {
      ramMiB: { value: 16_000n, source: 'selfReported' },
      gops: { value: 1234n, source: 'measured' },
      cores: { value: 8n, source: 'selfReported' },
    }),
    members: [],
    evidence: [{ type: 'Test', description: 'A test.' }],
    now: NOW,
    ...overrides,
  }
}

/** A small MM-1 challenge for a machine, sent 1 ms before `now`, and the measuring key that it is made under. */
export function challengeFor({ device, agent }: Machine, now = NOW) {
  const key = createMeasuringKey(64, randomBytes)
  const beacon = randomBytes(32)
  const options = { key, layers: 2, device, agentKey: agent.publicKey, beacon, timeLimitMs: 60_000 }
  return { state: createChallenge(options, now * 1000 - 1, randomBytes), key: prepareMeasuringKey(key) }
}

/** The machine's answer to a challenge, under its agent key; `lie` makes every row wrong. */
export function answerOf({ device, agent }: Machine, { challenge }: { challenge: MatrixChallenge }, lie = false) {
  const multiply: typeof multiplyInProcess = async (left, right, n) => {
    const product = await multiplyInProcess(left, right, n)
    if (lie) for (const place of product.keys()) product[place] = (product[place]! + 1) % 1000
    return product
  }
  return answerChallenge(challenge, { agentKey: agent.publicKey, sign: agent.sign, device, multiply })
}

/** A real challenge, answered to the end at `now`. */
export async function passChallenge(what: Machine, { now = NOW, lie = false } = {}): Promise<ClosedChallenge> {
  const { state, key } = challengeFor(what, now)
  const answer = await answerOf(what, state, lie)
  const committed = acceptCommitment(state, answer.commitment, now * 1000, randomBytes)
  return checkOpenings(committed, answer.open(committed.rows), key, now * 1000 + 1)
}

/** A monitor's signed receipts for the first slots of an epoch: up, down, up, … as told. */
export async function receiptsOf(
  { device, agent }: Machine,
  monitor: Person,
  heartbeat: HeartbeatSettings,
  epoch: number,
  ups: readonly boolean[],
): Promise<HeartbeatReceipt[]> {
  const { firstSlot } = slotsOfEpoch(heartbeat, epoch)
  const telemetry = { members: [], uptimeSeconds: 60, loadAverage: 0.1, gpuTemperatureC: null, gpuPowerW: null }
  const receipts = ups.map(async (ok, i) => {
    const slot = firstSlot + i
    const common = {
      type: 'heartbeat-receipt',
      monitor: monitor.did,
      device: String(device),
      agentKey: agent.hex,
      slot,
    }
    const challengeHash = toBase64url(seedOf(`challenge ${slot}`))
    const signature = toBase64url(await agent.sign(replyBytes(challengeHash, telemetry)))
    const reply = { type: 'heartbeat-reply', device: String(device), slot, challengeHash, telemetry, signature }
    const found = ok
      ? { ok, reason: null, rttMs: 5, challengeHash, reply }
      : { ok, reason: 'silent', rttMs: null, challengeHash, reply: null }
    return zHeartbeatReceipt.parse(await signHeartbeatMessage({ ...common, ...found }, monitor.sign))
  })
  return Promise.all(receipts)
}
