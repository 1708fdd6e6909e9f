import * as z from 'zod'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import { applyEntry } from './apply-entry.ts'
import { assertCut, type Cut, zCut } from './cut.ts'
import { isSameDocument, type LogEntry } from './log-entry.ts'
import { parseDocument, zIntervalNumber, zSub } from './parse-document.ts'
import type { Registry } from './registry.ts'
import { readState } from './registry-state.ts'
import type { UpdateName } from './registry-store.ts'
import { type RootStatement, zRootStatement } from './root-statement.ts'
import { type Witness, type WitnessSignature, zWitnessSignature } from './sign-root.ts'
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

/**
 * What a witness of its own does each interval: it brings its own copy of the registry up to the newest cut, checking each log
 * entry and each status list as the publisher did, recomputes the root, and signs it if it is the same.
 * @param registry the witness's own copy, in a store of its own
 * @returns the signatures to hand in, or undefined when the witness signed this root before
 * @throws AssayError `cutInvalid`, `rootConflict` (this witness signed another root of that number), `clockJumped`, and what
 *   checking entries and lists throws
 */
export async function followRegistry(
  registry: Registry,
  source: RegistrySource,
  witness: Witness,
): Promise<RootSignature | undefined> {
  const { cut, statement } = parseDocument(zPendingRoot, 'pending root', await source.pending())
  const { number, sub } = cut
  if (statement.signatures.some(({ signer }) => signer === witness.did)) return undefined
  await copyLog(registry, await source.entries(), cut)
  await copyLists(registry, source, cut)
  await copyCut(registry, cut)
  const own = await draftRoot(registry, cut)
  if (!isSameDocument(own, statement)) {
    throw new AssayError('cutInvalid', `Root ${number}.${sub} is not the root of its cut`, { number, sub })
  }
  const signature: WitnessSignature = await witnessRoot(registry, own, witness)
  await keepRoot(registry, { ...own, signatures: [signature] })
  return { number, sub, signature }
}

async function copyLog(registry: Registry, entries: readonly LogEntry[], { logSeq }: Cut): Promise<void> {
  let { trust } = await readState(registry)
  for (const entry of entries.filter(({ seq }) => seq > trust.seq && seq <= logSeq)) {
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
    // the witness keeps no count of urgent updates: whoever accepted them first does
    await store.insertUpdate({ ...update }, previous?.seq ?? 0, registry.clock())
  }
}

/** Of one number a witness keeps the first cut, and signs no root of another. */
async function copyCut(registry: Registry, cut: Cut): Promise<void> {
  const { store } = registry
  await assertCut(cut, await store.cutBefore(cut), registry)
  const known = await store.cut(cut)
  if (known === undefined) return store.insertCut(cut)
  const { signature: _, ...own } = known
  const { signature: __, ...other } = cut
  if (isSameDocument(own, other)) return
  const { number, sub } = cut
  throw new AssayError('rootConflict', `There are two different cuts ${number}.${sub}`, { number, sub })
}

async function keepRoot({ store }: Registry, statement: RootStatement): Promise<void> {
  try {
    await store.insertRoot({ statement, isSigned: false })
  } catch (error) {
    if (!isAssayError(error, 'conflict')) throw error
  }
}
