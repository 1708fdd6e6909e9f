import { AssayError } from '../../protocol/errors.ts'
import { explain } from '../model/explain.ts'
import { type HistoryPoint, history } from '../model/history.ts'
import type { Ledger } from '../model/ledger.ts'
import type { LedgerService } from './ledger-service.ts'
import type { SignedExplanation } from './signed-explanation.ts'
import { signStatement } from './signed-statement.ts'

/**
 * Explains and signs the score of a pseudonym at a past moment, by default the last second: the entries accepted by then,
 * scored then. The present second is not over: what comes in it would change the answer, and two signed ones would differ.
 * @throws AssayError `pseudonymUnknown` (no entry by then), `malformed` (a moment that is not past)
 */
export async function explainScore<Tx>(
  service: LedgerService<Tx>,
  pseudonym: string,
  { at, target }: { at?: number | undefined; target?: number | undefined } = {},
): Promise<SignedExplanation> {
  const now = service.verifier.clock()
  const t = at ?? now - 1
  assertPast(t, now)
  const ledger = await readLedgerOf(service, pseudonym, t)
  return signStatement('AssayScoreExplanation', explain(ledger, t, { target }), service)
}

/** So many epochs a history goes back where no beginning is given. */
const HISTORY_EPOCHS = 90

/**
 * The course of a pseudonym's score between two moments, by default up to the last second and over the last 90 epochs.
 * @throws AssayError `pseudonymUnknown` (no entry by `to`), `malformed`
 */
export async function scoreHistory<Tx>(
  service: LedgerService<Tx>,
  pseudonym: string,
  span: { from?: number | undefined; to?: number | undefined },
): Promise<HistoryPoint[]> {
  const now = service.verifier.clock()
  const to = span.to ?? now - 1
  const from = span.from ?? Math.max(0, to - HISTORY_EPOCHS * service.settings.epochSeconds)
  assertPast(to, now)
  if (from > to) throw new AssayError('malformed', 'A history runs forward: from must not lie after to')
  return history(await readLedgerOf(service, pseudonym, to), from, to)
}

function assertPast(t: number, now: number): void {
  if (t >= now) throw new AssayError('malformed', 'A score is known for moments before now only', { now })
}

async function readLedgerOf<Tx>({ store, settings }: LedgerService<Tx>, pseudonym: string, t: number): Promise<Ledger> {
  const entries = await store.entries(BigInt(pseudonym), t)
  if (entries.length === 0) throw new AssayError('pseudonymUnknown')
  const voids = await store.voids()
  return { pseudonym, settings, entries, voids: voids.map(({ epoch, declaredAt }) => ({ epoch, declaredAt })) }
}
