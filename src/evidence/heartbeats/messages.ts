import * as z from 'zod'
import { zBase64url, zHex32 } from '../../protocol/bytes.ts'
import { zMemberId } from '../../protocol/device.ts'
import { zDid } from '../../protocol/did.ts'
import { zField } from '../../protocol/field.ts'
import { zHeartbeatSettings } from './settings.ts'

/** A device as signed messages carry it: a canonical decimal string, which stays one. */
const zDevice = z.string().refine((text) => zField.safeParse(text).success, 'must be a canonical field element')
const zSlot = z.int().min(0)
const zSignature = zBase64url(64)
const zHash = zBase64url(32)

/** Monitor to agent, on connection: who it is, how it cuts time, and a nonce to sign. Signed by the monitor. */
export const zHeartbeatWelcome = z.strictObject({
  type: z.literal('heartbeat-welcome'),
  monitor: zDid,
  nonce: zHex32,
  settings: zHeartbeatSettings,
  signature: zSignature,
})

/** Agent to monitor: which device it speaks for, under which key. Signed by that key. */
export const zHeartbeatHello = z.strictObject({
  type: z.literal('heartbeat-hello'),
  monitor: zDid,
  nonce: zHex32,
  device: zDevice,
  agentKey: zHex32,
  signature: zSignature,
})

/** Monitor to agent: the connection is the device's now. */
export const zHeartbeatReady = z.strictObject({ type: z.literal('heartbeat-ready'), device: zDevice })

/** Monitor to agent, once a slot, at a moment that can't be foreseen. Signed by the monitor. */
export const zHeartbeatChallenge = z.strictObject({
  type: z.literal('heartbeat-challenge'),
  monitor: zDid,
  device: zDevice,
  slot: zSlot,
  nonce: zHex32,
  signature: zSignature,
})

/** What an agent says of its machine's state; self-reported, null where unknown. `members` are the GPUs that are present. */
export const zTelemetry = z.strictObject({
  members: z.array(zMemberId).max(64),
  uptimeSeconds: z.int().min(0).nullable(),
  loadAverage: z.number().min(0).max(100_000).nullable(),
  gpuTemperatureC: z.int().min(-100).max(300).nullable(),
  gpuPowerW: z.number().min(0).max(100_000).nullable(),
})

/** Agent to monitor. `signature` is Ed25519 by the agent key over H(challenge) ‖ H(telemetry), H = SHA-256 of the JCS. */
export const zHeartbeatReply = z.strictObject({
  type: z.literal('heartbeat-reply'),
  device: zDevice,
  slot: zSlot,
  challengeHash: zHash,
  telemetry: zTelemetry,
  signature: zSignature,
})

const receipt = {
  type: z.literal('heartbeat-receipt'),
  monitor: zDid,
  device: zDevice,
  agentKey: zHex32,
  slot: zSlot,
  signature: zSignature,
}

/**
 * What a monitor found in one slot, signed by it; it names its monitor, since several may watch one device. Down because
 * the agent was `absent` (not connected at that moment), `silent` (no reply in time) or the reply `invalid`.
 */
export const zHeartbeatReceipt = z.discriminatedUnion('ok', [
  z.strictObject({
    ...receipt,
    ok: z.literal(true),
    reason: z.null(),
    rttMs: z.int().min(0),
    challengeHash: zHash,
    reply: zHeartbeatReply,
  }),
  z.strictObject({
    ...receipt,
    ok: z.literal(false),
    reason: z.enum(['absent', 'silent', 'invalid']),
    rttMs: z.null(),
    challengeHash: zHash.nullable(),
    reply: zHeartbeatReply.nullable(),
  }),
])

export const zMessageToAgent = z.discriminatedUnion('type', [
  zHeartbeatWelcome,
  zHeartbeatReady,
  zHeartbeatChallenge,
  z.strictObject({ type: z.literal('heartbeat-result'), receipt: zHeartbeatReceipt }),
])
export const zMessageToMonitor = z.discriminatedUnion('type', [zHeartbeatHello, zHeartbeatReply])

export type HeartbeatWelcome = z.output<typeof zHeartbeatWelcome>
export type HeartbeatHello = z.output<typeof zHeartbeatHello>
export type HeartbeatChallenge = z.output<typeof zHeartbeatChallenge>
export type HeartbeatReply = z.output<typeof zHeartbeatReply>
export type HeartbeatReceipt = z.output<typeof zHeartbeatReceipt>
export type Telemetry = z.output<typeof zTelemetry>
export type MessageToAgent = z.output<typeof zMessageToAgent>
export type MessageToMonitor = z.output<typeof zMessageToMonitor>
