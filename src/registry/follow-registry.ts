import * as z from 'zod'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import { applyEntry } from './apply-entry.ts'
import { assertCause, assertFirstCut, assertPresent } from './assert-signable.ts'
import { hasBegun } from './begin-witness.ts'
import { assertCut, type Cut, zCut } from './cut.ts'
import { isSameDocument, type LogEntry } from './log-entry.ts'
import { parseDocument, zIntervalNumber, zSub } from './parse-document.ts'
import type { Registry } from './registry.ts'
import { readState } from './registry-state.ts'
import type { UpdateName } from './registry-store.ts'
import { type RootStatement, zRootStatement } from './root-statement.ts'
import { assertWitnessed, type Witness, type WitnessSignature, zWitnessSignature } from './sign-root.ts'
import { acceptStatusUpdate, type StatusUpdate, updateDigest } from './status-update.ts'
import { draftRoot, witnessRoot } from './witness-root.ts'

/** GET /v1/registry/cut: a cut, and its root with the signatures that it has so far. */
export const zPendingRoot = z.strictObject({ cut: zCut, statement: zRootStatement })
export type PendingRoot = z.output<typeof zPendingRoot>

/** POST /v1/registry/signatures: a witness's signatures under a root. */
export const zRootSignature = z.strictObject({ number: zIntervalNumber, sub: zSub, signature: zWitnessSignature })
export type RootSignature = z.output<typeof zRootSignature>

/** Where a witness reads what others published. It is believed in nothing. */
export interface RegistrySource {
  /** The log's entries, unchecked. */
  entries(): Promise<readonly LogEntry[]>
  pending(): Promise<unknown>
  update(name: UpdateName): Promise<StatusUpdate>
}

/** A witness's signature to hand in, and the whole statement with it and the valid ones of others so far. */
export interface FollowedRoot extends RootSignature {
  statement: RootStatement
}

/**
 * What a witness of its own does each interval: it brings its own copy of the registry up to the newest cut, checking each log
 * entry and each status list as the publisher did, recomputes the root, and signs it if it is the same. The cut is stored
 * before the signature leaves.
 * @param registry the witness's own copy, in a store of its own that `beginWitness` prepared
 * @returns undefined when the root has this witness's signature, or the witness has still to wait (`beginWitness`)
 * @throws AssayError `cutInvalid`, `rootConflict` (this witness signed another cut of that number), `rootFromFuture`,
 *   `registryStale`, `registryInvalid`, `clockJumped`, and what checking entries and lists throws
 */
export async function followRegistry(
  registry: Registry,
  source: RegistrySource,
  witness: Witness,
): Promise<FollowedRoot | undefined> {
  const { cut, statement } = parseDocument(zPendingRoot, 'pending root', await source.pending())
  await assertFirstCut(registry, cut, statement)
  if (statement.signatures.some(({ signer }) => signer === witness.did)) return undefined
  assertPresent(cut, registry)
  if (!(await hasBegun(registry, cut.number, witness.did))) return undefined
  await copyLog(registry, source, cut)
  await copyLists(registry, source, cut)
  await assertCause(registry, cut, (name) => findUpdate(registry, source, name))
  const own = await draftRoot(registry, cut)
  if (!isSameDocument(own, statement)) {
    const { number, sub } = cut
    throw new AssayError('cutInvalid', `Root ${number}.${sub} is not the root of its cut`, { number, sub })
  }
  const others = await validSignatures(registry, statement, witness)
  await keepCut(registry, cut)
  const signature = await witnessRoot(registry, own, witness, others)
  const signed = { ...own, signatures: [...others, signature] }
  await keepRoot(registry, signed)
  return { number: cut.number, sub: cut.sub, signature, statement: signed }
}

async function copyLog(registry: Registry, source: RegistrySource, { logSeq }: Cut): Promise<void> {
  let { trust } = await readState(registry)
  if (trust.seq >= logSeq) return
  for (const entry of await source.entries()) {
    if (entry.seq <= trust.seq || entry.seq > logSeq) continue
    trust = await applyEntry(trust, entry, registry.resolveKeys)
    await registry.store.insertEntry(entry)
  }
}

async function copyLists(registry: Registry, source: RegistrySource, cut: Cut): Promise<void> {
  const { trust } = await readState(registry)
  const { store, resolveKeys } = registry
  for (const named of cut.lists) {
    const previous = await store.latestUpdate(named)
    if (previous !== undefined && previous.seq >= named.seq) continue
    const update = await source.update(named)
    if (updateDigest(update) !== named.digest || update.list !== named.list || update.issuer !== named.issuer) {
      throw new AssayError('cutInvalid', `The state of list ${named.list} is not the one that the cut names`)
    }
    await acceptStatusUpdate(previous, update, { trust, resolveKeys })
    // a copy: the publisher counted the urgent ones, on the days on which it accepted them
    await store.insertUpdate(update, previous?.seq ?? 0, null)
  }
}

/** An update by name, checked: from the copy, or from the source where the copy skipped it. */
async function findUpdate(registry: Registry, source: RegistrySource, name: UpdateName): Promise<StatusUpdate> {
  const stored = await registry.store.update(name)
  if (stored !== undefined) return stored
  const { trust } = await readState(registry)
  const update = await source.update(name)
  await acceptStatusUpdate(undefined, update, { trust, resolveKeys: registry.resolveKeys })
  return update
}

/** The signatures of other witnesses that count. One that does not spoils nothing. */
async function validSignatures(
  { genesis, resolveKeys }: Registry,
  statement: RootStatement,
  witness: Witness,
): Promise<WitnessSignature[]> {
  const valid = new Map<string, WitnessSignature>()
  for (const signature of statement.signatures.filter(({ signer }) => signer !== witness.did)) {
    try {
      await assertWitnessed({ ...statement, signatures: [signature] }, genesis, resolveKeys, 1)
      valid.set(signature.signer, signature)
    } catch (error) {
      if (!isAssayError(error, 'notEnoughSignatures')) throw error
    }
  }
  return [...valid.values()]
}

async function keepCut(registry: Registry, cut: Cut): Promise<void> {
  const { store } = registry
  await assertCut(cut, await store.cutBefore(cut), registry)
  if ((await store.cut(cut)) === undefined) await store.insertCut(cut)
}

async function keepRoot({ store, genesis }: Registry, statement: RootStatement): Promise<void> {
  try {
    await store.insertRoot({ statement, isSigned: statement.signatures.length >= genesis.witnessThreshold })
  } catch (error) {
    if (!isAssayError(error, 'conflict')) throw error
  }
}
