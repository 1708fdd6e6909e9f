import { type Genesis, registryId } from './genesis.ts'
import type { LeafContent, LeafState } from './registry-tree.ts'

/** A leaf with its place, which it keeps forever. */
export interface TrustedLeaf extends LeafContent {
  slot: number
  state: LeafState
}

/** What a log says in the end: who is trusted for what. A value; applying an entry gives another one. */
export interface TrustList {
  genesis: Genesis
  registryId: string
  /** Sequence number of the last entry; 0 before the first. */
  seq: number
  /** Hash of the last entry; the registry id before the first. */
  head: string
  /** When the last entry was issued, in seconds. */
  issuedAt: number
  /** By slot, in the order in which the log first names them. */
  leaves: readonly TrustedLeaf[]
  /** Keys removed at once: they are taken for compromised and never come back. */
  bannedKeys: ReadonlySet<string>
  /** The bits that a status update may clear, by `clearanceKey`. */
  clearances: ReadonlyMap<string, readonly number[]>
  /** Root numbers that the governors took back, and the entry that did. */
  voidNumbers: ReadonlyMap<number, number>
}

/** The trust list before the first entry: nobody is trusted. */
export function emptyTrustList(genesis: Genesis): TrustList {
  const id = registryId(genesis)
  return {
    genesis,
    registryId: id,
    seq: 0,
    head: id,
    issuedAt: genesis.createdAt,
    leaves: [],
    bannedKeys: new Set(),
    clearances: new Map(),
    voidNumbers: new Map(),
  }
}

/** Names one status update of one list. */
export function clearanceKey({ issuer, list, seq }: { issuer: string; list: number; seq: number }): string {
  return `${issuer}#${list}#${seq}`
}
