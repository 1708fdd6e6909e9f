import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { assertThreshold } from './assert-threshold.ts'
import { assertKeyClaimed, assertKeyPossessed, type KeyClaim, type ProofOfPossession } from './key-possession.ts'
import { type Action, entryHash, type LogEntry } from './log-entry.ts'
import { type LeafContent, type LeafState, REGISTRY_SLOTS } from './registry-tree.ts'
import { clearanceKey, type TrustedLeaf, type TrustList } from './trust-list.ts'

type ActionOf<T extends Action['type']> = Extract<Action, { type: T }>
type Changes = Partial<Pick<TrustList, 'leaves' | 'bannedKeys' | 'clearances' | 'voidNumbers'>>

/**
 * The trust list after one more entry: it must follow the last one, carry enough governors' signatures and make sense.
 * Suspending takes one governor; everything else their threshold.
 *
 * An issuer's DID is not resolved here: it may be gone years later, and then nobody could replay the log. It is checked
 * when an entry is taken in (`assertAdmission`), and the governors' signatures attest to that.
 * @throws AssayError `registryInvalid` (not the next entry of this log), `notEnoughSignatures`, `keyInadmissible`,
 *   `conflict` (the action contradicts the list)
 */
export async function applyEntry(trust: TrustList, entry: LogEntry, resolveKeys: ResolveKeys): Promise<TrustList> {
  assertFollows(trust, entry)
  const { governors, governorThreshold } = trust.genesis
  const threshold = entry.action.type === 'suspend' ? 1 : governorThreshold
  await assertThreshold(entry, entry.signatures, governors, threshold, resolveKeys)
  const changes = applyAction(trust, entry)
  return { ...trust, ...changes, seq: entry.seq, head: entryHash(entry), issuedAt: entry.issuedAt }
}

/**
 * What must hold besides when an entry is new: the issuer's DID stands behind the key that is to be trusted.
 * @throws AssayError `notEnoughSignatures`
 */
export async function assertAdmission(trust: TrustList, { action }: LogEntry, resolveKeys: ResolveKeys): Promise<void> {
  const claimed = keyClaimOf(trust, action)
  if (claimed !== undefined) await assertKeyClaimed(claimed.claim, claimed.proof, resolveKeys)
}

function assertFollows(trust: TrustList, entry: LogEntry): void {
  const refuse = (reason: string): never => {
    throw new AssayError('registryInvalid', `Log entry ${entry.seq} is not valid here: ${reason}`, { seq: entry.seq })
  }
  if (entry.registryId !== trust.registryId) refuse('it belongs to another registry')
  if (entry.seq !== trust.seq + 1) refuse(`the next entry is ${trust.seq + 1}`)
  if (entry.previous !== trust.head) refuse('it does not follow the entry before it')
  if (entry.issuedAt < trust.issuedAt) refuse('it is issued before the entry before it')
}

function applyAction(trust: TrustList, { action, seq }: LogEntry): Changes {
  switch (action.type) {
    case 'trust':
      return addLeaf(trust, action, keyClaimOf(trust, action)!)
    case 'rotate':
      return rotate(trust, action)
    case 'remove':
      return remove(trust, action)
    case 'suspend':
      return changeState(trust, action.slot, ['active'], 'suspended')
    case 'reinstate':
      return reinstate(trust, action)
    case 'clearRevocations':
      return { clearances: new Map([...trust.clearances, [clearanceKey(action), action.bits]]) }
    case 'publishUrgently':
      return {}
    case 'voidNumber':
      return { voidNumbers: new Map([...trust.voidNumbers, [action.number, seq]]) }
  }
}

function keyClaimOf(trust: TrustList, action: Action): { claim: KeyClaim; proof: ProofOfPossession } | undefined {
  if (action.type !== 'trust' && action.type !== 'rotate') return undefined
  const { issuer, schema, list } = action.type === 'trust' ? action : leafAt(trust, action.slot)
  const claim = { registryId: trust.registryId, issuer, schema, list, key: action.key }
  return { claim, proof: action.proofOfPossession }
}

function rotate(trust: TrustList, action: ActionOf<'rotate'>): Changes {
  const leaf = leafAt(trust, action.slot)
  if (leaf.state !== 'active') throw new AssayError('conflict', `Leaf ${leaf.slot} is ${leaf.state}, it can't rotate`)
  const { slot: _, state: __, ...content } = leaf
  return addLeaf(trust, { ...content, key: action.key }, keyClaimOf(trust, action)!, leaf)
}

function addLeaf(
  trust: TrustList,
  { issuer, key, schema, list, sourceCap }: LeafContent,
  { claim, proof }: { claim: KeyClaim; proof: ProofOfPossession },
  predecessor?: TrustedLeaf,
): Changes {
  assertUnused(trust, issuer, key)
  assertKeyPossessed(claim, proof)
  assertListFree(trust, { issuer, key, schema, list }, predecessor)
  const slot = trust.leaves.length
  if (slot >= REGISTRY_SLOTS) throw new AssayError('conflict', `The registry is full: it has ${REGISTRY_SLOTS} leaves`)
  const leaf: TrustedLeaf = { slot, issuer, key, schema, list, sourceCap, state: 'active' }
  return { leaves: [...trust.leaves, leaf] }
}

/** An issuer may use its key for several schemas and lists (messages name both); nobody else may ever use it. */
function assertUnused(trust: TrustList, issuer: string, key: LeafContent['key']): void {
  if (trust.leaves.some((leaf) => isSameKey(leaf.key, key) && leaf.issuer !== issuer)) {
    throw new AssayError('keyInadmissible', 'The issuer key is used by another issuer')
  }
  assertNotBanned(trust, key)
}

function assertNotBanned(trust: TrustList, key: LeafContent['key']): void {
  if (trust.bannedKeys.has(key.join())) {
    throw new AssayError('keyInadmissible', 'The issuer key was removed at once and may not come back')
  }
}

function assertListFree(
  trust: TrustList,
  { issuer, key, schema, list }: Omit<LeafContent, 'sourceCap'>,
  predecessor?: TrustedLeaf,
): void {
  for (const leaf of trust.leaves) {
    if (leaf.issuer !== issuer || leaf.list !== list) continue
    if (leaf.schema !== schema) {
      throw new AssayError('conflict', `List ${list} of ${issuer} belongs to the schema ${leaf.schema}`)
    }
    if (leaf.state === 'removed') continue
    if (isSameKey(leaf.key, key)) throw new AssayError('conflict', `Leaf ${leaf.slot} names this key and list already`)
    if (predecessor === undefined) {
      throw new AssayError('conflict', `Leaf ${leaf.slot} names this list already: rotate its key instead`)
    }
  }
}

/** A key that is removed at once is taken to be in a thief's hands: it goes from every leaf that names it, for good. */
function remove(trust: TrustList, { slot, atOnce }: ActionOf<'remove'>): Changes {
  const changes = changeState(trust, slot, ['active', 'suspended'], 'removed')
  if (!atOnce) return changes
  const { key } = leafAt(trust, slot)
  const leaves = trust.leaves.map((leaf) => (isSameKey(leaf.key, key) ? { ...leaf, state: 'removed' as const } : leaf))
  return { leaves, bannedKeys: new Set([...trust.bannedKeys, key.join()]) }
}

function reinstate(trust: TrustList, { slot }: ActionOf<'reinstate'>): Changes {
  return changeState(trust, slot, ['suspended'], 'active')
}

function changeState(trust: TrustList, slot: number, from: LeafState[], to: LeafState): Changes {
  const leaf = leafAt(trust, slot)
  if (!from.includes(leaf.state))
    throw new AssayError('conflict', `Leaf ${slot} is ${leaf.state}, not ${from.join(' or ')}`)
  return { leaves: trust.leaves.with(slot, { ...leaf, state: to }) }
}

function leafAt(trust: TrustList, slot: number): TrustedLeaf {
  const leaf = trust.leaves[slot]
  if (leaf === undefined) throw new AssayError('conflict', `The log names no leaf ${slot}`)
  return leaf
}

function isSameKey(a: LeafContent['key'], b: LeafContent['key']): boolean {
  return a[0] === b[0] && a[1] === b[1]
}
