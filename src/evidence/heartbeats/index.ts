export type { MonitorSession } from './accept-agent.ts'
export { type AgentEffects, type AgentEvent, createHeartbeatAgent, type HeartbeatAgent } from './agent.ts'
export { type BackOff, backOffMs, defaultBackOff } from './back-off.ts'
export { closeEpoch, type EpochUptime, shareMicro } from './close-epoch.ts'
export type { HeartbeatSocket } from './heartbeat-socket.ts'
export type { EnrolledDevice, HeartbeatStore } from './heartbeat-store.ts'
export {
  type HeartbeatChallenge,
  type HeartbeatHello,
  type HeartbeatReceipt,
  type HeartbeatReply,
  type HeartbeatWelcome,
  type MessageToAgent,
  type MessageToMonitor,
  type Telemetry,
  zHeartbeatChallenge,
  zHeartbeatHello,
  zHeartbeatReady,
  zHeartbeatReceipt,
  zHeartbeatReply,
  zHeartbeatWelcome,
  zMessageToAgent,
  zMessageToMonitor,
  zTelemetry,
} from './messages.ts'
export { createMonitor, driveMonitor, type Monitor } from './monitor.ts'
export type { MonitorEffects } from './monitor-state.ts'
export { isReplySigned, receiptsRoot, verifyReceipt } from './receipts.ts'
export {
  defaultHeartbeatSettings,
  drawMoment,
  epochAt,
  epochClosesAt,
  epochOfSlot,
  type HeartbeatSettings,
  requireClosedEpoch,
  slotAt,
  slotsOfEpoch,
  zHeartbeatSettings,
} from './settings.ts'
export { isMessageSignedBy, replyBytes, signHeartbeatMessage } from './sign-message.ts'
export { trailingUptime, type UptimeEvidence, uptimeClaims } from './uptime-claims.ts'
