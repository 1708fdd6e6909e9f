import { AssayError } from '../protocol/errors.ts'
import { releases, type VerifiedRelease } from './device-release.ts'
import { ASSURANCE } from './issuer.ts'
import type { DeviceClaim, DeviceRecord, IssuerTx } from './issuer-store.ts'

/*
 * The device register: who holds a device, in one record a device, shared by the issuers of a deployment.
 *
 * First wins. Then only this changes the binding:
 *   signature     the bound holder agrees, by the DID that it meets this issuer under, or by the agent key on record;
 *   displacement  the newcomer shows a higher assurance (an attested device against one whose UUID may be invented);
 *   delay         the newcomer shows evidence as good as the bound holder's, waits 7 days, and shows it again, and the bound
 *                 holder has shown nothing since. Whoever is alive renews or sends heartbeats, and so keeps its device:
 *                 below assurance 3 a UUID proves nothing, and without that rule a week would buy anybody's.
 *
 * Whatever changed the binding, the newcomer's firstEpoch is set back by 30 epochs from the present one. It has no proof for
 * them, so they count as its silence: a holder that drops a bad record ("lost key") starts with a month of it, which the
 * score model shows to be no gain. It is counted from the present, not from the old firstEpoch: who buys an old card honestly pays for
 * 30 epochs, not for the card's whole past; and each further change costs 30 epochs again. Nor can the past be bought:
 * uptime credentials begin with the epoch after the change (`sinceEpoch`), so that no epoch is credited to two holders.
 *
 * No measurement moves a device twice: it must be younger than the binding that it ends.
 *
 * Credentials that the old holder has already are not revoked: they end by themselves within two renewal periods, and the
 * index must stay usable should the device come back.
 */
export interface RegisterRules {
  /** How long a newcomer without the bound holder's agreement waits. Seconds. */
  rebindDelaySeconds: number
  /** How far a change of binding sets firstEpoch back. Epochs. */
  inheritedSilenceEpochs: number
}

export const defaultRegisterRules: RegisterRules = { rebindDelaySeconds: 7 * 86_400, inheritedSilenceEpochs: 30 }

/** Evidence of assurance 2 or 3 for a device, by someone who showed control of `agentKey`. */
export interface Registration {
  device: bigint
  binding: bigint
  agentKey: string
  assurance: number
  /** When the evidence was come by, in seconds. */
  measuredAt: number
  /** When the device last answered a heartbeat, in seconds: under the agent key on record, whoever asks now. */
  heardAt?: number | undefined
  /** The present epoch. */
  epoch: number
  now: number
}

export type Decision =
  | { kind: 'registered' | 'kept' | 'rebound'; record: DeviceRecord }
  /** Refused, and the wish is kept: it may take hold at `at`. */
  | { kind: 'claimed'; claim: DeviceClaim; at: number }
  /** Refused: the measurement was made before the present binding. */
  | { kind: 'stale' }
  | { kind: 'refused' }

/**
 * What the register does with a registration. Pure.
 * @param agreed the bound holder agrees: it signs the request itself, or signed a release
 */
export function decideRegistration(
  current: DeviceRecord | undefined,
  claim: DeviceClaim | undefined,
  request: Registration,
  agreed: boolean,
  rules: RegisterRules,
): Decision {
  const { device, binding, agentKey, assurance, epoch, now } = request
  const fresh = { device, binding, agentKey, assurance, boundAt: now, seenAt: now }
  if (current === undefined) {
    return { kind: 'registered', record: { ...fresh, firstEpoch: epoch, sinceEpoch: epoch } }
  }
  const sameBinding = current.binding === binding
  if (sameBinding && (current.agentKey === agentKey || agreed)) {
    const best = Math.max(current.assurance, assurance)
    return { kind: 'kept', record: { ...current, agentKey, assurance: best, seenAt: Math.max(current.seenAt, now) } }
  }
  const rebound = (): Decision => {
    // else one measurement would serve any number of holders who pass the device on
    if (request.measuredAt <= current.boundAt) return { kind: 'stale' }
    const setBack = Math.max(0, epoch - rules.inheritedSilenceEpochs)
    const firstEpoch = sameBinding ? Math.min(current.firstEpoch, setBack) : setBack
    return { kind: 'rebound', record: { ...fresh, firstEpoch, sinceEpoch: epoch + 1 } }
  }
  if (agreed || assurance > current.assurance) return rebound()
  if (assurance < current.assurance) return { kind: 'refused' }
  // A claim counts only while the bound holder has been silent since.
  const seenAt = Math.max(current.seenAt, request.heardAt ?? 0)
  const standing = claim !== undefined && seenAt <= claim.claimedAt ? claim : { device, binding, claimedAt: now }
  const at = standing.claimedAt + rules.rebindDelaySeconds
  return now >= at && standing === claim ? rebound() : { kind: 'claimed', claim: standing, at }
}

/** Who asks which issuer, and what it holds of the old holder's agreement. */
export interface RegistrationContext {
  issuer: string
  holder: string
  release: VerifiedRelease | undefined
  rules: RegisterRules
}

/**
 * Enters a device into the register inside the transaction that also issues its credential. A refusal is returned, not
 * thrown, because the wish that it may have recorded is to be committed.
 * @throws AssayError `evidenceRejected` below assurance 2, `conflict` when the agent key serves another device
 */
export async function registerDevice(
  tx: IssuerTx,
  request: Registration,
  context: RegistrationContext,
): Promise<AssayError | undefined> {
  if (request.assurance < ASSURANCE.measured) {
    throw new AssayError('evidenceRejected', 'The device register holds measured devices only')
  }
  const current = await tx.lockDevice(request.device)
  const claim = current && (await tx.findDeviceClaim(request.device, request.binding))
  const agreed = current !== undefined && (await holderAgrees(tx, current, request, context))
  const decision = decideRegistration(current, claim, request, agreed, context.rules)
  switch (decision.kind) {
    case 'refused':
      return bound('The device is bound to another holder, on better evidence than this')
    case 'claimed':
      await tx.putDeviceClaim(decision.claim)
      return bound(
        'The device is bound to another holder: let it release the device, or come back with evidence after the delay',
        { availableAt: decision.at },
      )
    case 'registered':
      // Someone else was first, a moment ago: look again.
      if (!(await tx.insertDevice(decision.record))) return registerDevice(tx, request, context)
      break
    case 'kept':
      await tx.updateDevice(decision.record)
      break
    case 'stale':
      return new AssayError('evidenceRejected', 'The measurement must be younger than the binding that it would end')
    case 'rebound':
      await tx.forgetDeviceHolders(request.device)
      await tx.updateDevice(decision.record)
  }
  await tx.addDeviceHolder(request.device, context.issuer, context.holder)
  return undefined
}

async function holderAgrees(
  tx: IssuerTx,
  current: DeviceRecord,
  request: Registration,
  { issuer, holder, release }: RegistrationContext,
): Promise<boolean> {
  const recorded = await tx.findDeviceHolder(request.device, issuer)
  if (recorded === holder) return true
  return release !== undefined && releases(release, current, request.binding, recorded)
}

/** What an uptime credential needs of the register: the device is this holder's, and was throughout the epoch. */
export interface DeviceUse {
  device: bigint
  binding: bigint
  agentKey: string
  epoch: number
}

/**
 * The record of a device as seen by the holder that it is bound to.
 * @throws AssayError `deviceUnknown`, `deviceBound`
 */
export function assertDeviceHeld(record: DeviceRecord | undefined, use: DeviceUse): DeviceRecord {
  if (record === undefined) {
    throw new AssayError('deviceUnknown', 'The device is not in the register: have it measured first')
  }
  if (record.binding !== use.binding) throw bound('The device is bound to another holder')
  if (record.agentKey !== use.agentKey) throw bound("The device is registered with another agent's key")
  if (use.epoch < record.sinceEpoch) {
    throw bound('The device was not bound to this holder in that epoch', { sinceEpoch: record.sinceEpoch })
  }
  return record
}

function bound(message: string, detail: Record<string, number> = {}): AssayError {
  return new AssayError('deviceBound', message, detail)
}
