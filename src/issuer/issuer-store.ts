import type { Member } from '../protocol/device.ts'

/** What the issuers of a deployment know of a device, among themselves only. One record, so one binding, a device. */
export interface DeviceRecord {
  device: bigint
  binding: bigint
  /** The Ed25519 public key of the machine's agent: 32 bytes, hex. It serves this device alone. */
  agentKey: string
  /** That of the agent key. A higher one ends the lower ones. */
  generation: number
  /** The first epoch of this binding: uptime credentials begin with it. */
  firstEpoch: number
  /** The best source of its evidence, 2 or 3: self-reported devices are not registered. */
  source: number
  /** Epochs of silence that the holder took over with the device or a member: 0, or those of the rules. For good. */
  inheritedSilence: number
  /** When the binding took hold. */
  boundAt: number
  /** When the bound holder last showed evidence. */
  seenAt: number
}

/** A member that another device has, and that device's record. */
export interface BoundMember {
  /** The member that is asked for. */
  member: string
  owner: DeviceRecord
  /** What the other device has of the same card: the card itself, or slices of it. */
  theirs: string[]
}

/** Another holder's claim of a registered device, or of a member of it, that waits whether the bound holder is silent. */
export interface DeviceClaim {
  /** The device that is claimed, or whose member is. */
  device: bigint
  /** The binding of whoever claims it. */
  binding: bigint
  claimedAt: number
}

/** What a status index belongs to. A stranger can't come to another's index by stating its binding. */
export interface StatusOwner {
  issuer: string
  schema: string
  /** The DID that asked, which is authenticated; subject and binding are what it stated. */
  holder: string
  subject: bigint
  binding: bigint
  /** Claim 0 of hardware, since a mixed rig has a credential for each model; 0 elsewhere. */
  model: bigint
}

/** A place in a status list. List numbers are unique in a deployment. */
export interface StatusPlace {
  list: number
  index: number
}

/** Why and by whom a credential was revoked, and when. */
export interface Revocation {
  reason: string
  /** The operator's DID. */
  by: string
  revokedAt: number
}

/** An index and its owner. `variant` counts the indices that an owner had, each for a set of members. */
export type StatusEntry = StatusOwner &
  StatusPlace & { variant: number; members: string[]; revocation: Revocation | undefined }

/** A status list as the registry and the public know it: `seq` 0 and no bits yet means never published. */
export interface StatusList {
  list: number
  issuer: string
  schema: string
  seq: number
  encodedList: string | undefined
}

/** What is kept of each issued credential. */
export interface IssuedRecord extends StatusPlace {
  id: string
  issuer: string
  schema: string
  holder: string
  device: bigint
  binding: bigint
  issuedAt: number
  expiresAt: number
  jwt: string
  /** SHA-256 of the JWT, base64url. */
  jwtHash: string
  /** The holder's name for its request, and the hash of what it asked: the same again gets the same answer. */
  requestId: string
  requestHash: string
}

/** That a holder gets no credentials for a device, because one was revoked for cause. */
export interface DeviceBar {
  device: bigint
  binding: bigint
  holder: string
  reason: string
  by: string
  barredAt: number
}

/**
 * The issuer's data inside one transaction. Rows that are locked stay so until it ends. Inserts answer `false` when the
 * row (or one that excludes it) exists, and then leave the transaction usable.
 */
export interface IssuerTx {
  lockDevice(device: bigint): Promise<DeviceRecord | undefined>
  insertDevice(record: DeviceRecord): Promise<boolean>
  /** @throws AssayError `conflict` when the agent key serves another device (so does `insertDevice`) */
  updateDevice(record: DeviceRecord): Promise<void>
  /** The DID under which the bound holder met an issuer. */
  findDeviceHolder(device: bigint, issuer: string): Promise<string | undefined>
  /** Records that DID in place of any other. */
  putDeviceHolder(device: bigint, issuer: string, holder: string): Promise<void>
  /** Forgets the recorded DIDs and the claims of a device: it has a new holder, or its agent key a new generation. */
  forgetDeviceRights(device: bigint): Promise<void>
  /** The devices that a DID holds at an issuer, with their members. */
  findHeldDevices(issuer: string, holder: string): Promise<(DeviceRecord & { members: Member[] })[]>

  findDeviceClaim(device: bigint, binding: bigint): Promise<DeviceClaim | undefined>
  putDeviceClaim(claim: DeviceClaim): Promise<void>

  /** Locks the cards of these members, and gives those that another device has: a card is in one device, whole or in slices. */
  lockMembers(device: bigint, members: readonly Member[]): Promise<BoundMember[]>
  /** Makes these the members of a device, and nobody else's. @throws AssayError `memberBound` when others were first */
  setMembers(device: bigint, members: readonly Member[]): Promise<void>

  /** The bars of a device. */
  findBars(device: bigint): Promise<DeviceBar[]>
  addBar(bar: DeviceBar): Promise<void>
  /** How many bars there were. */
  liftBars(device: bigint): Promise<number>

  /** False when the serial was used before. */
  useRelease(serial: string, usedAt: number): Promise<boolean>

  /** The newest index of an owner. */
  lockStatusEntry(owner: StatusOwner): Promise<StatusEntry | undefined>
  lockStatusPlace(place: StatusPlace): Promise<StatusEntry | undefined>
  insertStatusEntry(owner: StatusOwner, entry: StatusPlace & { variant: number; members: string[] }): Promise<boolean>
  updateStatusMembers(place: StatusPlace, members: string[]): Promise<void>
  revokeStatusEntry(place: StatusPlace, revocation: Revocation): Promise<void>
  /** Revokes every index under a binding whose credentials name a member. */
  revokeForMember(binding: bigint, member: string, revocation: Revocation): Promise<void>
  /**
   * Gives back the indices whose credentials have all expired before a time and were never revoked, and forgets those
   * credentials. Returns how many indices.
   */
  freeStatusEntries(expiredBefore: number): Promise<number>

  /** The list of an issuer and schema that still has room, opened if there is none. */
  openStatusList(issuer: string, schema: string): Promise<number>
  /** All lists of an issuer, or of all issuers, by number. */
  statusLists(issuer?: string): Promise<StatusList[]>
  findStatusList(list: number): Promise<StatusList | undefined>
  lockStatusList(list: number): Promise<StatusList | undefined>
  /** Which of these indices are taken; without `among`, all that are. */
  takenIndices(list: number, among?: readonly number[]): Promise<number[]>
  revokedIndices(list: number): Promise<number[]>
  markListFull(list: number): Promise<void>
  publishList(list: number, seq: number, encodedList: string): Promise<void>

  findIssued(id: string): Promise<IssuedRecord | undefined>
  findIssuedByRequest(issuer: string, holder: string, requestId: string): Promise<IssuedRecord | undefined>
  insertIssued(record: IssuedRecord): Promise<boolean>
}

/**
 * Where issuers keep their data. A transaction happens whole or not at all, and has happened for good when its promise
 * resolves: nothing is acknowledged before. `work` may run more than once and must do nothing but call `tx`.
 */
export interface IssuerStore {
  transaction<T>(work: (tx: IssuerTx) => Promise<T>): Promise<T>
}
