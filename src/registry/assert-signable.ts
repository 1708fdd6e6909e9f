import { AssayError } from '../protocol/errors.ts'
import { intervalNumber } from '../protocol/time.ts'
import { type Cut, cutHash } from './cut.ts'
import { isSameDocument, isUrgent } from './log-entry.ts'
import type { Registry } from './registry.ts'
import type { UpdateName } from './registry-store.ts'
import { listKey } from './registry-tree.ts'
import { rootConflict, verifyConflict } from './root-conflict.ts'
import { CLOCK_SKEW_SECONDS, type RootStatement } from './root-statement.ts'
import type { StatusUpdate } from './status-update.ts'
import { URGENT_ROOT_STEP } from './urgent-root.ts'
import { assertTimely } from './verify-snapshot.ts'

/**
 * A witness signs roots of the present by its own clock: of this interval or the one before, made in that interval.
 * @throws AssayError `registryInvalid` (of another registry), `rootFromFuture`, `registryStale`, `cutInvalid`
 */
export function assertPresent(cut: Cut, { registryId, genesis, clock }: Registry): void {
  if (cut.registryId !== registryId) throw new AssayError('registryInvalid', 'The cut is of another registry')
  const now = clock()
  assertTimely(cut, genesis, { now })
  const { number, issuedAt } = cut
  // the time of an urgent root is rounded down to its minute
  const [earliest, latest] = [issuedAt, issuedAt + URGENT_ROOT_STEP].map((at) =>
    intervalNumber(at, genesis.intervalSeconds),
  )
  if (number >= earliest! && number <= latest! && issuedAt <= now + CLOCK_SKEW_SECONDS) return
  refuse(cut, 'its time does not lie in its interval')
}

/**
 * Of one number a witness signs one cut. Where the publisher signed the roots of both, the two are kept as evidence.
 * @throws AssayError `rootConflict`; `evidence` tells whether there is some
 */
export async function assertFirstCut(registry: Registry, cut: Cut, statement: RootStatement): Promise<void> {
  const first = await registry.store.cut(cut)
  if (first === undefined || cutHash(first) === cutHash(cut)) return
  const evidence = await keepEvidence(registry, cut, statement)
  const { number, sub } = cut
  const message = `There are two different cuts ${number}.${sub}: this witness signed the other one`
  throw new AssayError('rootConflict', message, { number, sub, evidence })
}

async function keepEvidence(registry: Registry, cut: Cut, statement: RootStatement): Promise<boolean> {
  const signed = await registry.store.root(cut)
  if (signed === undefined || isSameDocument(signed, statement)) return false
  try {
    const { conflict } = await verifyConflict(rootConflict(signed, statement), registry)
    await registry.store.addConflict(conflict)
    return true
  } catch (error) {
    if (error instanceof AssayError) return false
    throw error
  }
}

/**
 * An urgent root ends all earlier ones, so it takes a cause that is part of its cut: a log entry or a status list that asks
 * for an urgent root.
 * @throws AssayError `cutInvalid`
 */
export async function assertCause(
  { store }: Registry,
  cut: Cut,
  findUpdate: (name: UpdateName) => Promise<StatusUpdate>,
): Promise<void> {
  const { cause, logSeq, lists } = cut
  if (cause === null) return
  if (cause.type === 'entry') {
    const [entry] = cause.seq <= logSeq ? await store.entriesAfter(cause.seq - 1) : []
    if (entry === undefined || !isUrgent(entry)) refuse(cut, 'no log entry of it asks for an urgent root')
    return
  }
  const isCut = lists.some((list) => listKey(list) === listKey(cause) && list.seq >= cause.seq)
  if (!isCut) refuse(cut, 'the status list that asks for an urgent root is not part of it')
  const update = await findUpdate(cause)
  const isNamed = listKey(update) === listKey(cause) && update.seq === cause.seq
  if (!isNamed || !update.urgent) refuse(cut, 'the status list that it names asks for no urgent root')
}

function refuse({ number, sub }: Cut, reason: string): never {
  throw new AssayError('cutInvalid', `The cut ${number}.${sub} is not valid: ${reason}`, { number, sub })
}
