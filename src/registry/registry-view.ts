import type { StatusPath, TrustPath } from '../protocol/circuit-inputs.ts'
import { AssayError } from '../protocol/errors.ts'
import { type merkleLayers, merklePath, type NodeHash } from '../protocol/merkle.ts'
import { emptyStatusList, isRevoked, statusPath } from '../protocol/status-list.ts'
import type { Genesis } from './genesis.ts'
import { type LeafContent, type ListName, listKey } from './registry-tree.ts'
import type { RootStatement } from './root-statement.ts'

/** A credential's issuer as the registry names it. Key coordinates are bigints, as credentials carry them. */
export interface IssuerOfCredential extends ListName {
  key: readonly [bigint, bigint]
  schema: string
}

/** What a holder reads of a verified registry: who is trusted, what is revoked, and the paths that a proof needs. */
export interface RegistryView {
  registryId: string
  root: bigint
  /** The interval of the root, and its place among the urgent ones of that interval. */
  number: number
  sub: number
  /** When the witnesses signed the root, in seconds. */
  issuedAt: number
  /** What the genesis fixes, in seconds. */
  intervalSeconds: number
  stepSeconds: number
  /** Where the registry trusts this issuer with this key for this schema and list; undefined where it doesn't. */
  trustPath(issuer: IssuerOfCredential): TrustPath | undefined
  /** Where a status bit stands. @throws AssayError `untrustedIssuer` when no active leaf has the list. */
  statusPath(list: ListName, index: number): StatusPath
  /** Whether a status bit is set. @throws AssayError `untrustedIssuer` when no active leaf has the list. */
  isRevoked(list: ListName, index: number): boolean
  /** Whether an issuer is trusted for a schema, with whatever key. */
  trusts(issuer: string, schema: string): boolean
  /** How many issuers are trusted for a schema: among how many a credential's issuer hides. */
  trustedIssuers(schema: string): number
}

/** Makes a view of checked content: active leaves by slot, the tree's layers, and the bits of published lists. */
export function makeView(content: {
  registryId: string
  statement: Pick<RootStatement, 'number' | 'sub' | 'issuedAt'>
  genesis: Pick<Genesis, 'intervalSeconds' | 'stepSeconds'>
  leaves: ReadonlyMap<number, LeafContent>
  layers: ReturnType<typeof merkleLayers>
  lists: ReadonlyMap<string, Uint8Array>
  root: bigint
  hash?: NodeHash | undefined
}): RegistryView {
  const { registryId, statement, genesis, layers, lists, root, hash } = content
  const { number, sub, issuedAt } = statement
  const { intervalSeconds, stepSeconds } = genesis
  const active = [...content.leaves]
  const slots = new Map(active.map(([slot, { key, ...leaf }]) => [leafKey({ ...leaf, key }), slot]))
  const known = new Set(active.map(([, leaf]) => listKey(leaf)))
  const bitsOf = (list: ListName): Uint8Array => {
    const name = listKey(list)
    if (!known.has(name))
      throw new AssayError('untrustedIssuer', `The registry has no list ${list.list} of ${list.issuer}`)
    return lists.get(name) ?? emptyStatusList()
  }
  return {
    registryId,
    root,
    number,
    sub,
    issuedAt,
    intervalSeconds,
    stepSeconds,
    trustPath(issuer) {
      const slot = slots.get(leafKey({ ...issuer, key: [String(issuer.key[0]), String(issuer.key[1])] }))
      if (slot === undefined) return undefined
      const { sourceCap } = content.leaves.get(slot)!
      return { root, index: slot, sourceCap, siblings: merklePath(layers, slot) }
    },
    statusPath: (list, index) => statusPath(bitsOf(list), index, hash),
    isRevoked: (list, index) => isRevoked(bitsOf(list), index),
    trusts: (issuer, schema) => active.some(([, leaf]) => leaf.issuer === issuer && leaf.schema === schema),
    trustedIssuers(schema) {
      return new Set(active.filter(([, leaf]) => leaf.schema === schema).map(([, leaf]) => leaf.issuer)).size
    },
  }
}

function leafKey({ issuer, key, schema, list }: Omit<LeafContent, 'sourceCap'>): string {
  return [issuer, ...key, schema, list].join('#')
}
