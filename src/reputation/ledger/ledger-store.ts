import type { Settings } from '../model/epochs.ts'
import type { HardwareEntry, LedgerEntry } from '../model/ledger.ts'
import type { ScoreStateJson } from '../model/serialise-state.ts'
import type { SignedVoidEpoch } from './void-epoch.ts'

/** What is kept of one pseudonym besides its entries. */
export interface LedgerRecord {
  pseudonym: bigint
  /** The score state, kept up to date entry by entry. */
  state: ScoreStateJson
  /** Whether its holder lists it in the directory. */
  listed: boolean
}

/** A score as the directory sorts by it: as of a horizon, and with so many void epochs known. */
export interface StandingScore {
  score: number
  lower: number
  upper: number
  horizon: number
  voids: number
}

/** The ledger inside one transaction. A record that is locked stays so until the transaction ends. */
export interface LedgerTx {
  lock(pseudonym: bigint): Promise<LedgerRecord | undefined>
  /** Locks the record of a pseudonym, making it if there is none. */
  lockOrCreate(record: LedgerRecord): Promise<LedgerRecord>
  save(record: LedgerRecord, standing: StandingScore): Promise<void>
  /**
   * Adds entries; of hardware, the newest proof of a device and schema becomes its capability.
   * @returns false, and nothing is to be kept, when the ledger holds one for the same device and epoch, or marketplace and week
   */
  addEntries(pseudonym: bigint, entries: readonly LedgerEntry[]): Promise<boolean>
  /** Remembers the thumbprint of a session key that presented for the pseudonym. */
  addSession(pseudonym: bigint, thumbprint: string): Promise<void>
  hasSession(pseudonym: bigint, thumbprint: string): Promise<boolean>
  /** Locks listed records whose standing is of an older horizon, or of fewer void epochs. Leaves out what others have locked. */
  lockStale(current: { horizon: number; voids: number; limit: number }): Promise<LedgerRecord[]>
  voids(): Promise<SignedVoidEpoch[]>
  /** False when the epoch is in the list already. */
  addVoid(statement: SignedVoidEpoch): Promise<boolean>
}

/** A place between two rows of the directory. */
export interface DirectoryPlace {
  score: number
  pseudonym: bigint
}

/** What the directory is searched for. `capability`: some device proved it, and the proof has not expired. */
export interface DirectoryFilter {
  minScore: number
  capability?: { schema: string; claim?: string; min?: bigint }
}

export interface DirectoryRow extends DirectoryPlace {
  lower: number
  upper: number
  horizon: number
}

/** Keeps the ledger. `Tx` is the transaction in which the verifier's store consumes a nonce. */
export interface LedgerStore<Tx> {
  /** The ledger in a transaction that another store began. */
  within(tx: Tx): LedgerTx
  transaction<T>(work: (tx: LedgerTx) => Promise<T>): Promise<T>
  /** The service's settings: the given ones the first time, the stored ones ever after. */
  settings(initial: Settings): Promise<Settings>
  /** In no particular order; those accepted by t. */
  entries(pseudonym: bigint, t: number): Promise<LedgerEntry[]>
  voids(): Promise<SignedVoidEpoch[]>
  /** Listed pseudonyms by score, the highest first, then by pseudonym, after a place. */
  listed(query: {
    filter: DirectoryFilter
    after?: DirectoryPlace
    limit: number
    now: number
  }): Promise<DirectoryRow[]>
  /** The capabilities of these pseudonyms that have not expired. */
  capabilities(pseudonyms: readonly bigint[], now: number): Promise<(HardwareEntry & { pseudonym: bigint })[]>
}
