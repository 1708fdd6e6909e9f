import { intervalNumber } from '../protocol/time.ts'
import type { Registry } from './registry.ts'
import { readState } from './registry-state.ts'
import type { PublishedRoot, RootName } from './registry-store.ts'
import { listKey } from './registry-tree.ts'
import type { Cause } from './root-statement.ts'

/** Urgent roots appear at its multiples, so that their time tells nothing. Seconds. */
export const URGENT_ROOT_STEP = 60

/** The whole minute that began last, at which an urgent root appears. */
export function lastMinute(now: number): number {
  return now - (now % URGENT_ROOT_STEP)
}

/**
 * What asks for an urgent root that no urgent root has answered yet: a log entry, an issuer's urgent update, or a number
 * that the governors took back. What was asked two intervals ago needs none: every root that it would end is over.
 */
export async function findUrgentCause(
  registry: Registry,
  last: PublishedRoot | undefined,
  number: number,
  voided: number | undefined,
): Promise<Cause | undefined> {
  if (last === undefined) return undefined
  if (voided !== undefined && !(await isAnswered(registry, number, { type: 'entry', seq: voided }))) {
    return { type: 'entry', seq: voided }
  }
  const { clock, genesis, store } = registry
  const minute = lastMinute(clock())
  const isDue = (askedAt: number) => {
    return askedAt <= minute && intervalNumber(askedAt, genesis.intervalSeconds) >= number - 1
  }
  const { urgentEntry } = await readState(registry)
  if (urgentEntry !== undefined && isDue(urgentEntry.issuedAt)) {
    const cause: Cause = { type: 'entry', seq: urgentEntry.seq }
    if (!(await isAnswered(registry, number, cause))) return cause
  }
  for (const update of await store.urgentUpdatesSince((number - 1) * genesis.intervalSeconds)) {
    const { issuer, list, seq } = update
    const cause: Cause = { type: 'update', issuer, list, seq }
    if (isDue(update.acceptedAt) && !(await isAnswered(registry, number, cause))) return cause
  }
  return undefined
}

/** Whether an urgent root since the interval before covers what asked for it. */
async function isAnswered({ store }: Registry, number: number, cause: Cause): Promise<boolean> {
  const roots = await store.rootsSince(number - 1, 256)
  for (const { sub, number: of } of roots.filter((root) => root.sub > 0)) {
    if (await covers(store, { number: of, sub }, cause)) return true
  }
  return false
}

async function covers(store: Registry['store'], name: RootName, cause: Cause): Promise<boolean> {
  const cut = await store.cut(name)
  if (cut === undefined) return false
  if (cause.type === 'entry') return cut.logSeq >= cause.seq
  return cut.lists.some((list) => listKey(list) === listKey(cause) && list.seq >= cause.seq)
}
