/** What the issuers of a deployment know of a device, among themselves only. One record, so one binding, a device. */
export interface DeviceRecord {
  device: bigint
  binding: bigint
  /** The Ed25519 public key of the device's agent: 32 bytes, hex. It serves this device alone. */
  agentKey: string
  /** What uptime credentials state: how far back the holder answers for the device. */
  firstEpoch: number
  /** The first epoch for which this binding may have an uptime credential. Later than `firstEpoch` after a rebinding. */
  sinceEpoch: number
  /** 2 or 3: self-reported devices are not registered. */
  assurance: number
  /** When the binding took hold. */
  boundAt: number
  /** When the bound holder last showed evidence. */
  seenAt: number
}

/** Another holder's wish for a registered device, waiting to see whether the bound holder is silent. */
export interface DeviceClaim {
  device: bigint
  binding: bigint
  claimedAt: number
}

/** What a status index belongs to. */
export interface StatusOwner {
  issuer: string
  schema: string
  binding: bigint
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

export type StatusEntry = StatusOwner & StatusPlace & { revocation: Revocation | undefined }

/** A status list as the registry and the public know it: `seq` 0 and no bits yet means never published. */
export interface StatusList {
  list: number
  issuer: string
  schema: string
  seq: number
  encodedList: string | undefined
}

/** What is kept of each issued credential. */
export interface IssuedRecord extends StatusOwner, StatusPlace {
  id: string
  holder: string
  issuedAt: number
  expiresAt: number
  jwt: string
  /** SHA-256 of the JWT, base64url. */
  jwtHash: string
  /** The holder's name for its request, and the hash of what it asked: the same again gets the same answer. */
  requestId: string
  requestHash: string
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
  /** Records that DID, unless one is recorded. */
  addDeviceHolder(device: bigint, issuer: string, holder: string): Promise<void>
  findDeviceClaim(device: bigint, binding: bigint): Promise<DeviceClaim | undefined>
  putDeviceClaim(claim: DeviceClaim): Promise<void>
  /** Forgets the recorded DIDs and the claims of a device: it has a new holder. */
  forgetDeviceHolders(device: bigint): Promise<void>

  lockStatusEntry(owner: StatusOwner): Promise<StatusEntry | undefined>
  insertStatusEntry(owner: StatusOwner, place: StatusPlace): Promise<boolean>
  revokeStatusEntry(place: StatusPlace, revocation: Revocation): Promise<void>

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
