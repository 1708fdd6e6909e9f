import type { Member } from '../protocol/device.ts'
import { AssayError } from '../protocol/errors.ts'
import { SOURCE_LEVEL } from '../protocol/sources.ts'
import { decideRegistration, decideTransfer, type RegisterRules, type Registration } from './decide-registration.ts'
import { releases, type VerifiedRelease } from './device-release.ts'
import type { BoundMember, DeviceRecord, IssuerTx } from './issuer-store.ts'

/** Who asks which issuer, and what it has of the old holder's agreement. */
export interface RegistrationContext {
  issuer: string
  holder: string
  members: readonly Member[]
  release: VerifiedRelease | undefined
  rules: RegisterRules
}

/**
 * Enters a device and its members into the register inside the transaction that also issues its credential. A refusal is
 * returned, not thrown, because the claim that it may have recorded is to be committed.
 * @throws AssayError `evidenceRejected` below source 2, `conflict` when the agent key serves another device, `memberBound`
 *   when another device took a member at the same time
 */
export async function registerDevice(
  tx: IssuerTx,
  request: Registration,
  context: RegistrationContext,
): Promise<AssayError | undefined> {
  if (request.source < SOURCE_LEVEL.measured) {
    throw new AssayError('evidenceRejected', 'The device register holds measured devices only')
  }
  const current = await tx.lockDevice(request.device)
  const claim = current && (await tx.findDeviceClaim(request.device, request.binding))
  const agreed = current !== undefined && (await holderAgrees(tx, current, request, context))
  const decision = decideRegistration(current, claim, request, agreed, context.rules)
  if (decision.kind === 'outdated') return outdated(current!)
  if (decision.kind === 'claimed' || decision.kind === 'stale' || decision.kind === 'refused') {
    return refuse(tx, decision, deviceWords)
  }
  const recordedHolder = current && (await tx.findDeviceHolder(request.device, context.issuer))
  if (decision.kind === 'kept' && recordedHolder !== undefined && recordedHolder !== context.holder) {
    // whoever has the agent key knows the binding too: it would empty the list of members
    return new AssayError('deviceBound', 'The device is registered by its holder under another DID')
  }
  const members = await takeMembers(tx, request, context)
  if (members instanceof AssayError) return members
  const { record } = decision
  const isNewKey = current?.agentKey !== request.agentKey
  const silence = members.changedHands
    ? Math.max(record.inheritedSilence, context.rules.inheritedSilenceEpochs)
    : record.inheritedSilence
  const entered: DeviceRecord = { ...record, inheritedSilence: silence }
  if (decision.kind === 'registered') {
    // someone else was first, a moment ago: look again
    if (!(await tx.insertDevice(entered))) return registerDevice(tx, request, context)
  } else {
    // a new holder, and a new agent key, end every right that the old one gave
    if (decision.kind === 'rebound' || isNewKey) await tx.forgetDeviceRights(request.device)
    await tx.updateDevice(entered)
  }
  await tx.setMembers(request.device, context.members)
  await tx.putDeviceHolder(request.device, context.issuer, context.holder)
  if (context.release !== undefined && (decision.kind === 'rebound' || members.released)) {
    return useRelease(tx, context.release, request.now)
  }
  return undefined
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
 * @throws AssayError `deviceUnknown`, `deviceBound`, `generationStale`
 */
export function assertDeviceHeld(record: DeviceRecord | undefined, use: DeviceUse): DeviceRecord {
  if (record === undefined) {
    throw new AssayError('deviceUnknown', 'The device is not in the register: have it measured first')
  }
  if (record.binding !== use.binding) throw new AssayError('deviceBound', 'The device is bound to another holder')
  if (record.agentKey !== use.agentKey) throw outdated(record)
  if (use.epoch < record.firstEpoch) {
    throw new AssayError('deviceBound', 'The device was not bound to this holder in that epoch', {
      firstEpoch: record.firstEpoch,
    })
  }
  return record
}

/** @throws AssayError `deviceRevoked` when the holder is barred from credentials for the device */
export async function assertNotBarred(
  tx: IssuerTx,
  { device, binding, holder }: { device: bigint; binding: bigint; holder: string },
): Promise<void> {
  const bars = await tx.findBars(device)
  if (bars.some((bar) => bar.binding === binding || bar.holder === holder)) throw new AssayError('deviceRevoked')
}

function outdated({ generation }: DeviceRecord): AssayError {
  const message = `The device is registered with another agent key, of generation ${generation}`
  return new AssayError('generationStale', message, { generation })
}

async function holderAgrees(
  tx: IssuerTx,
  owner: DeviceRecord,
  request: Registration,
  { issuer, holder, release }: RegistrationContext,
): Promise<boolean> {
  const recorded = await tx.findDeviceHolder(owner.device, issuer)
  if (recorded === holder) return true
  return release !== undefined && releases(release, owner, request.binding, recorded)
}

/**
 * Decides for each member that another device has. All of them pass, or the registration is refused. Credentials that name a
 * member of another machine now are revoked by the issuer itself.
 */
async function takeMembers(
  tx: IssuerTx,
  request: Registration,
  context: RegistrationContext,
): Promise<{ changedHands: boolean; released: boolean } | AssayError> {
  const contested = await tx.lockMembers(request.device, context.members)
  const outcome = { changedHands: false, released: false }
  const refusals: AssayError[] = []
  // all of them are decided before any is taken: what a refusal wrote is kept
  for (const bound of contested) {
    const { owner } = bound
    const recorded = await tx.findDeviceHolder(owner.device, context.issuer)
    const isOwn = recorded === context.holder
    const agreed = await holderAgrees(tx, owner, request, context)
    const claim = await tx.findDeviceClaim(owner.device, request.binding)
    // within one holder's machines a member moves freely
    const transfer = isOwn
      ? ({ kind: 'granted' } as const)
      : decideTransfer(owner, claim, request, agreed, context.rules)
    if (transfer.kind !== 'granted') refusals.push(await refuse(tx, transfer, memberWords(bound)))
    if (!isOwn) outcome.changedHands = true
    if (!isOwn && agreed) outcome.released = true
    if (isOwn && owner.inheritedSilence > 0) outcome.changedHands = true
  }
  if (refusals[0] !== undefined) return refusals[0]
  for (const { owner, theirs } of contested) {
    for (const member of theirs) {
      const reason = `The member ${member} is in another machine now`
      await tx.revokeForMember(owner.binding, member, { reason, by: context.issuer, revokedAt: request.now })
    }
  }
  return outcome
}

interface RefusalWords {
  code: 'deviceBound' | 'memberBound'
  what: string
  detail: Record<string, string>
}

const deviceWords: RefusalWords = { code: 'deviceBound', what: 'The device is bound to another holder', detail: {} }

function memberWords({ member }: BoundMember): RefusalWords {
  return { code: 'memberBound', what: `The member ${member} is in another machine`, detail: { member } }
}

async function refuse(
  tx: IssuerTx,
  decision: Extract<ReturnType<typeof decideTransfer>, { kind: 'claimed' | 'stale' | 'refused' }>,
  { code, what, detail }: RefusalWords,
): Promise<AssayError> {
  if (decision.kind === 'stale') {
    return new AssayError('evidenceRejected', 'The measurement must be younger than the binding that it would end')
  }
  if (decision.kind === 'refused') return new AssayError(code, `${what}, on better evidence than this`, detail)
  await tx.putDeviceClaim(decision.claim)
  const message = `${what}: let its holder release it, or come back with evidence after the delay`
  return new AssayError(code, message, { ...detail, availableAt: decision.at })
}

async function useRelease(tx: IssuerTx, { serial }: VerifiedRelease, now: number): Promise<undefined> {
  if (!(await tx.useRelease(serial, now))) throw new AssayError('releaseUsed')
  return undefined
}
