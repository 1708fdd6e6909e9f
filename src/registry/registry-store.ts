import type { Cut } from './cut.ts'
import type { Genesis } from './genesis.ts'
import type { LogEntry } from './log-entry.ts'
import type { ListName } from './registry-tree.ts'
import type { RootConflict } from './root-conflict.ts'
import type { RootStatement } from './root-statement.ts'
import type { StatusUpdate } from './status-update.ts'
import type { WitnessMark } from './witness-clock.ts'

/** Which update of a list is meant. */
export interface UpdateName extends ListName {
  seq: number
}

/** (number, sub): an interval, and a place among its urgent roots. */
export interface RootName {
  number: number
  sub: number
}

/** A root statement and the cut that it covers, so that its snapshot can be made again. */
export interface PublishedRoot {
  statement: RootStatement
  cut: Cut
}

/** An update that asks for an urgent root, and when it was accepted. */
export interface UrgentUpdate extends UpdateName {
  acceptedAt: number
}

/**
 * Where a registry lives. What makes several servers on one store safe is that the store, not its caller, decides who was
 * first. Each insert throws AssayError `conflict` when its place is taken.
 */
export interface RegistryStore {
  genesis(): Promise<Genesis | undefined>
  /** The store's one genesis. */
  insertGenesis(genesis: Genesis): Promise<void>

  /** The entries after `seq`, in their order. */
  entriesAfter(seq: number): Promise<LogEntry[]>
  /** One entry a sequence number, one successor an entry. */
  insertEntry(entry: LogEntry): Promise<void>

  /** The newest update of each list, by name. */
  latestUpdates(): Promise<UpdateName[]>
  /** The newest update of one list. */
  latestUpdate(list: ListName): Promise<StatusUpdate | undefined>
  update(name: UpdateName): Promise<StatusUpdate | undefined>
  /**
   * One successor an update: `previousSeq` is the number of the update that this one was checked against, or 0.
   * `acceptedAt` is null for a copy of what another registry accepted: then urgent ones are not counted.
   * @throws AssayError also `urgentSpent`, when the update is urgent and its issuer had one on that day
   */
  insertUpdate(update: StatusUpdate, previousSeq: number, acceptedAt: number | null): Promise<void>
  /** The urgent updates accepted since a moment, in seconds. */
  urgentUpdatesSince(acceptedAt: number): Promise<UrgentUpdate[]>

  /** One cut a (number, sub). */
  insertCut(cut: Cut): Promise<void>
  cut(name: RootName): Promise<Cut | undefined>
  /** The last cut before a (number, sub). */
  cutBefore(name: RootName): Promise<Cut | undefined>

  /** The newest root that enough witnesses signed, up to an interval number. */
  latestRoot(upTo?: number): Promise<PublishedRoot | undefined>
  /** A root with whatever signatures it has. */
  root(name: RootName): Promise<RootStatement | undefined>
  /** The roots that enough witnesses signed, from an interval number on, in order, at most `limit`: the newest. */
  rootsSince(number: number, limit: number): Promise<RootStatement[]>
  /** One root a (number, sub). `isSigned`: by enough witnesses. */
  insertRoot(root: { statement: RootStatement; isSigned: boolean }): Promise<void>
  /** Adds a witness's signature, unless it is there. */
  addSignature(name: RootName, signature: RootStatement['signatures'][number], threshold: number): Promise<void>

  /** Evidence against witnesses, the oldest first. */
  conflicts(limit: number): Promise<RootConflict[]>
  /** Keeps evidence once. */
  addConflict(conflict: RootConflict): Promise<void>

  /** What a witness signed last, by its DID. */
  witnessMark(witness: string): Promise<WitnessMark | undefined>
  putWitnessMark(witness: string, mark: WitnessMark): Promise<void>
  /** Forgets it: an operator confirmed the clock. */
  clearWitnessMark(witness: string): Promise<void>
}
