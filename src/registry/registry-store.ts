import type { Genesis } from './genesis.ts'
import type { LogEntry } from './log-entry.ts'
import type { ListName } from './registry-tree.ts'
import type { RootStatement } from './root-statement.ts'
import type { StatusUpdate } from './status-update.ts'

/** Which update of a list is meant. */
export interface UpdateName extends ListName {
  seq: number
}

/** A root statement and what its root was made of, so that its snapshot can be made again. */
export interface PublishedRoot {
  statement: RootStatement
  /** Sequence number of the log entry that `logHead` is the hash of; 0 for none. */
  logSeq: number
  lists: UpdateName[]
}

/**
 * Where a registry lives. Everything is inserted once and never changed; what makes two servers on one store safe is that
 * the store, not its caller, decides who was first. Each insert throws AssayError `conflict` when its place is taken.
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
  /** One successor an update: `previousSeq` is the number of the update that this one was checked against, or 0. */
  insertUpdate(update: StatusUpdate, previousSeq: number): Promise<void>

  latestRoot(): Promise<PublishedRoot | undefined>
  /** The statements issued at `since` or later, and the one before them: whose root was current at `since`. In order. */
  statementsSince(since: number): Promise<RootStatement[]>
  /** One statement a sequence number. `lists` is left out where it is that of the statement before. */
  insertRoot(root: Omit<PublishedRoot, 'lists'> & { lists?: UpdateName[] }): Promise<void>
}
