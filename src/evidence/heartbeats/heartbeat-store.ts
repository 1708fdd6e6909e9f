import type { HeartbeatReceipt } from './messages.ts'

/** A device that an issuer recorded for watching, with the agent key that answers for it. */
export interface EnrolledDevice {
  /** A field element as a canonical decimal string. */
  device: string
  /** Ed25519 public key, 64 hex digits. */
  agentKey: string
  /** Since when, in seconds: slots that begin earlier are not watched. */
  since: number
}

/** What a monitor keeps. The receipt is unique by (device, slot, monitor), in a constraint of the database. */
export interface HeartbeatStore {
  /** Every device to be watched now. Read once a slot. */
  listEnrolled(): Promise<readonly EnrolledDevice[]>
  /** One of them. */
  findEnrolled(device: string): Promise<EnrolledDevice | undefined>
  /**
   * Keeps a receipt, durably; false (and nothing changes) when there is one for that device, slot and monitor. One that says
   * UP also cancels what others claim of the device or its members: its holder is not silent.
   */
  addReceipt(receipt: HeartbeatReceipt): Promise<boolean>
  /** The receipts of a device in a range of slots, both ends included, by slot. */
  listReceipts(device: string, firstSlot: number, lastSlot: number): Promise<HeartbeatReceipt[]>
  /** The first slot in which any monitor saw the device up. */
  firstSeenSlot(device: string): Promise<number | undefined>
}
