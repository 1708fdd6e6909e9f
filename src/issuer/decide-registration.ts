import type { DeviceClaim, DeviceRecord } from './issuer-store.ts'

/*
 * The device register: who holds a device, in one record a device, shared by the issuers of a deployment.
 *
 * First wins. Then only this changes the binding:
 *   signature     the bound holder agrees, by the DID that it meets this issuer under, or by the agent key on record;
 *   displacement  the newcomer shows a higher source (an attested device against one whose UUIDs may be invented);
 *   delay         the newcomer shows evidence as good as the bound holder's, waits 7 days, and shows it again, and the bound
 *                 holder has shown nothing since. Whoever is alive renews or answers heartbeats, which cancels the claim.
 *
 * A member changes hands by the same three ways. Whatever changed hands, the newcomer takes over 30 epochs of silence with it,
 * for good: a holder that drops a bad record ("lost key") starts with a month of it, which the score model shows to be no
 * gain. Nor can the past be bought: uptime credentials begin with the epoch after the change.
 *
 * No measurement moves a device twice: it must be younger than the binding that it ends.
 */
export interface RegisterRules {
  /** How long a newcomer without the bound holder's agreement waits. Seconds. */
  rebindDelaySeconds: number
  /** How many epochs of silence come with a device or member that changes hands. */
  inheritedSilenceEpochs: number
}

export const defaultRegisterRules: RegisterRules = { rebindDelaySeconds: 7 * 86_400, inheritedSilenceEpochs: 30 }

/** Evidence of source 2 or 3 for a device, by someone who showed control of `agentKey`. */
export interface Registration {
  device: bigint
  binding: bigint
  agentKey: string
  generation: number
  source: number
  /** When the evidence was obtained, in seconds. */
  measuredAt: number
  /** The present epoch. */
  epoch: number
  now: number
}

/** How a claim of what another holder has is answered. */
export type Transfer =
  | { kind: 'granted' }
  /** Refused for now, and the claim is kept: it may take hold at `at`. */
  | { kind: 'claimed'; claim: DeviceClaim; at: number }
  /** Refused: the measurement was made before the present binding. */
  | { kind: 'stale' }
  | { kind: 'refused' }

/**
 * Whether a device, or a member of it, passes from its bound holder to whoever registers. Pure.
 * @param agreed the bound holder agrees: it signs the request itself, or signed a release
 */
export function decideTransfer(
  owner: DeviceRecord,
  claim: DeviceClaim | undefined,
  { binding, source, measuredAt, now }: Registration,
  agreed: boolean,
  { rebindDelaySeconds }: RegisterRules,
): Transfer {
  const granted = (): Transfer => (measuredAt <= owner.boundAt ? { kind: 'stale' } : { kind: 'granted' })
  if (agreed || source > owner.source) return granted()
  if (source < owner.source) return { kind: 'refused' }
  // a claim counts only while the bound holder has been silent since
  const stands = claim !== undefined && owner.seenAt <= claim.claimedAt
  const standing = stands ? claim : { device: owner.device, binding, claimedAt: now }
  const at = standing.claimedAt + rebindDelaySeconds
  return now >= at && stands ? granted() : { kind: 'claimed', claim: standing, at }
}

export type Decision =
  | { kind: 'registered' | 'kept' | 'rebound'; record: DeviceRecord }
  /** Refused: the agent key is not the one on record, nor of a newer generation. */
  | { kind: 'outdated' }
  | Exclude<Transfer, { kind: 'granted' }>

/** What the register does with a registration. Pure. @param agreed as for `decideTransfer` */
export function decideRegistration(
  current: DeviceRecord | undefined,
  claim: DeviceClaim | undefined,
  request: Registration,
  agreed: boolean,
  rules: RegisterRules,
): Decision {
  const { device, binding, agentKey, generation, source, epoch, now } = request
  const fresh = { device, binding, agentKey, generation, source, boundAt: now, seenAt: now }
  if (current === undefined) {
    return { kind: 'registered', record: { ...fresh, firstEpoch: epoch, inheritedSilence: 0 } }
  }
  const isSameKey = current.agentKey === agentKey && current.generation === generation
  if (current.binding === binding && (isSameKey || agreed)) {
    if (!isSameKey && generation <= current.generation) return { kind: 'outdated' }
    const best = Math.max(current.source, source)
    const seenAt = Math.max(current.seenAt, now)
    return { kind: 'kept', record: { ...current, agentKey, generation, source: best, seenAt } }
  }
  const transfer = decideTransfer(current, claim, request, agreed, rules)
  if (transfer.kind !== 'granted') return transfer
  const inheritedSilence = Math.max(current.inheritedSilence, rules.inheritedSilenceEpochs)
  return { kind: 'rebound', record: { ...fresh, firstEpoch: epoch + 1, inheritedSilence } }
}
