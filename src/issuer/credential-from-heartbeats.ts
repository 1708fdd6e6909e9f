import { bytesToHex } from '@noble/hashes/utils.js'
import {
  closeEpoch,
  type EpochUptime,
  type HeartbeatSettings,
  type HeartbeatStore,
  receiptsRoot,
  requireClosedEpoch,
  slotsOfEpoch,
  uptimeClaims,
} from '../evidence/index.ts'
import { UPTIME } from '../protocol/claim-schemas.ts'
import { AssayError } from '../protocol/errors.ts'
import { assertDeviceHeld } from './device-register.ts'
import { checkDeviceRequest, type DeviceRequest, issuable } from './device-request.ts'
import { heartbeatNotes } from './evidence-notes.ts'
import { type IssuedCredential, type IssuerEffects, issueCredential } from './issue-credential.ts'

/** Epochs before the certified one that the trailing share looks back on. */
const HISTORY = 29

/** What the issuer reads of a device's heartbeats. */
export interface UptimeStore extends Pick<HeartbeatStore, 'listReceipts'> {
  /** How a device did in each epoch of a range, both ends included, by one monitor's receipts. */
  countEpochs(range: {
    device: string
    monitor: string
    firstEpoch: number
    lastEpoch: number
    slotsPerEpoch: number
  }): Promise<EpochUptime[]>
}

export interface HeartbeatEffects extends IssuerEffects {
  uptime: UptimeStore
  settings: HeartbeatSettings
  /** The DID of the monitor whose receipts count. */
  monitor: string
}

/**
 * Issues uptime/1 for a closed epoch of a registered device, to the holder that it is bound to. Neither the counts nor the
 * trailing share reach back to a former holder. Receipts count whichever agent key the holder had at the time: otherwise a
 * new key would drop a bad record.
 * `firstEpoch` and the inherited silence come from the register, whose record is checked again in the transaction that stores
 * the credential.
 * @throws AssayError `epochOpen`, `deviceUnknown`, `deviceBound`, `generationStale`, `evidenceRejected` (nothing is known of
 * the epoch), `conflict` (the record changed meanwhile), and what consent and issuing throw
 */
export async function credentialFromHeartbeats(
  effects: HeartbeatEffects,
  request: DeviceRequest,
  epoch: number,
): Promise<IssuedCredential> {
  const { issuer, store, uptime, settings, monitor } = effects
  const { device, binding, now } = request
  requireClosedEpoch(settings, epoch, now)
  const { agentKey } = checkDeviceRequest(issuer, request, device)
  const use = { device, binding, agentKey, epoch }
  const record = await store.transaction(async (tx) => assertDeviceHeld(await tx.lockDevice(device), use))
  const { slotsPerEpoch } = settings
  const { firstSlot, lastSlot } = slotsOfEpoch(settings, epoch)
  const seen = await uptime.listReceipts(String(device), firstSlot, lastSlot)
  const receipts = seen.filter((receipt) => receipt.monitor === monitor)
  const closed = closeEpoch(receipts, slotsPerEpoch)
  const history = await uptime.countEpochs({
    device: String(device),
    monitor,
    firstEpoch: Math.max(record.firstEpoch, epoch - HISTORY),
    lastEpoch: epoch,
    slotsPerEpoch,
  })
  const { firstEpoch, inheritedSilence } = record
  const observed = uptimeClaims({ closed, history, firstEpoch, monitors: 1, inheritedSilence })
  const evidence = heartbeatNotes(1, bytesToHex(receiptsRoot(receipts)))
  const credential = { ...issuable(request), schema: UPTIME, ...observed, members: [], evidence }
  return issueCredential(effects, credential, async (tx) => {
    const current = assertDeviceHeld(await tx.lockDevice(device), use)
    if (current.firstEpoch !== firstEpoch || current.inheritedSilence !== inheritedSilence) {
      throw new AssayError('conflict', "The device's record changed while its uptime was counted: ask again")
    }
    await tx.updateDevice({ ...current, seenAt: Math.max(current.seenAt, now) })
    return undefined
  })
}
