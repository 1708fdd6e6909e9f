import { AssayError, isAssayError } from '../protocol/errors.ts'
import { intervalNumber } from '../protocol/time.ts'
import { assertCut, type Cut, signCut } from './cut.ts'
import { isSameDocument } from './log-entry.ts'
import { pendingRoot } from './pending-root.ts'
import type { Registry } from './registry.ts'
import { listsOfState, readState } from './registry-state.ts'
import type { PublishedRoot, RootName } from './registry-store.ts'
import { rootConflict, verifyConflict } from './root-conflict.ts'
import type { Cause, RootStatement } from './root-statement.ts'
import { assertWitnessed } from './sign-root.ts'
import { findUrgentCause, lastMinute } from './urgent-root.ts'
import { draftRoot, witnessRoot } from './witness-root.ts'

/**
 * Publishes what is due: the root of the present interval, changed or not, and after it an urgent root where one is asked
 * for. Several processes may call this on one schedule: the store lets one of them be first, and all of them tell the same.
 * @returns the newest root that enough witnesses signed
 * @throws AssayError `clockJumped`, `cutInvalid`, `rootConflict`; `rootPending` when no root of this interval or the one
 *   before has enough signatures yet
 */
export async function publishDue(registry: Registry): Promise<RootStatement> {
  const now = registry.clock()
  const number = intervalNumber(now, registry.genesis.intervalSeconds)
  const voided = (await readState(registry)).trust.voidNumbers.get(number)
  const regular = await registry.store.root({ number, sub: 0 })
  if (regular === undefined) await publishOne(registry, { number, sub: 0 }, null, now)
  else await sign(registry, regular)
  const last = await registry.store.latestRoot(number)
  const cause = await findUrgentCause(registry, last, number, voided)
  if (cause !== undefined) {
    const sub = last?.statement.number === number ? last.statement.sub + 1 : 1
    await publishOne(registry, { number, sub }, cause, lastMinute(now))
  }
  return (await newest(registry, number)).statement
}

async function newest(registry: Registry, number: number): Promise<PublishedRoot> {
  const root = await registry.store.latestRoot(number)
  if (root !== undefined && root.statement.number >= number - 1) return root
  throw (await pendingRoot(registry, number)) ?? new AssayError('unavailable', `There is no root ${number} yet`)
}

/** Cuts, signs and stores one root. Where another process was first, its cut is the one that counts. */
async function publishOne(registry: Registry, name: RootName, cause: Cause | null, issuedAt: number): Promise<void> {
  const { store, witnesses } = registry
  if (witnesses.length === 0) return
  const cut = (await store.cut(name)) ?? (await makeCut(registry, { ...name, cause, issuedAt }))
  const body = await draftRoot(registry, cut)
  const signatures = await Promise.all(witnesses.map((witness) => witnessRoot(registry, body, witness)))
  const statement: RootStatement = { ...body, signatures }
  try {
    await store.insertRoot({ statement, isSigned: await isWitnessed(registry, statement) })
  } catch (error) {
    if (!isAssayError(error, 'conflict')) throw error
    const stored = await store.root(name)
    if (stored === undefined) throw error
    await assertSameBody(registry, stored, statement)
  }
}

/** One cut has one root statement: another one of the same number is evidence against whoever signed both. */
async function assertSameBody(registry: Registry, stored: RootStatement, own: RootStatement): Promise<void> {
  if (isSameDocument(stored, own)) return
  await recordConflict(registry, stored, own)
  const { number, sub } = own
  throw new AssayError('rootConflict', `There are two different roots ${number}.${sub}`, { number, sub })
}

async function recordConflict(registry: Registry, a: RootStatement, b: RootStatement): Promise<void> {
  const conflict = rootConflict(a, b)
  await verifyConflict(conflict, registry)
  await registry.store.addConflict(conflict)
}

type CutName = Pick<Cut, 'number' | 'sub' | 'cause' | 'issuedAt'>

async function makeCut(registry: Registry, name: CutName): Promise<Cut> {
  const { store, registryId, witnesses } = registry
  // before the state: another process's cut that comes in between may hold more than the state does
  const before = await store.cutBefore(name)
  const state = await readState(registry)
  const { seq: logSeq, head: logHead } = state.trust
  const place = { logSeq, logHead, lists: listsOfState(state) }
  const body = { type: 'AssayRegistryCut' as const, registryId, ...name, ...place }
  const cut = await signCut(body, witnesses[0]!)
  await assertCut(cut, before, registry)
  try {
    await store.insertCut(cut)
    return cut
  } catch (error) {
    const first = isAssayError(error, 'conflict') ? await store.cut(name) : undefined
    if (first === undefined) throw error
    return first
  }
}

/** Adds the signatures of the witnesses at hand to a root that others drafted, where they are missing. */
async function sign(registry: Registry, statement: RootStatement): Promise<void> {
  const missing = registry.witnesses.filter(({ did }) => !statement.signatures.some(({ signer }) => signer === did))
  if (missing.length === 0) return
  const cut = await registry.store.cut(statement)
  if (cut === undefined) throw new AssayError('internal', `The cut of root ${statement.number} is gone`)
  await assertSameRoot(registry, cut, statement)
  const { signatures: _, ...body } = statement
  for (const witness of missing) {
    await addSignature(registry, statement, await witnessRoot(registry, body, witness))
  }
}

async function assertSameRoot(registry: Registry, cut: Cut, statement: RootStatement): Promise<void> {
  const own = await draftRoot(registry, cut)
  if (isSameDocument(own, statement)) return
  throw new AssayError('cutInvalid', `Root ${statement.number}.${statement.sub} is not the root of its cut`)
}

/**
 * Adds one witness's signatures to a root. Anyone may bring them.
 * @throws AssayError `notFound` (no such root), `notEnoughSignatures` (not a witness's, or not of this root)
 */
export async function addSignature(
  { store, genesis, resolveKeys }: Pick<Registry, 'store' | 'genesis' | 'resolveKeys'>,
  name: RootName,
  signature: RootStatement['signatures'][number],
): Promise<void> {
  const statement = await store.root(name)
  if (statement === undefined) throw new AssayError('notFound', `There is no root ${name.number}.${name.sub}`)
  await assertWitnessed({ ...statement, signatures: [signature] }, genesis, resolveKeys, 1)
  await store.addSignature(name, signature, genesis.witnessThreshold)
}

async function isWitnessed({ genesis, resolveKeys }: Registry, statement: RootStatement): Promise<boolean> {
  try {
    await assertWitnessed(statement, genesis, resolveKeys)
    return true
  } catch (error) {
    if (isAssayError(error, 'notEnoughSignatures')) return false
    throw error
  }
}
