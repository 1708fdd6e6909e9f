import { AssayError } from '../../protocol/errors.ts'
import type { Presented } from '../../verifier/verifier.ts'
import type { ScoreOutcome } from '../model/combine-score.ts'
import type { Settings } from '../model/epochs.ts'
import { scoreAt } from '../model/score-at.ts'
import { applyLedgerEntry, emptyState, type ScoreState } from '../model/score-state.ts'
import { parseState, serialiseState } from '../model/serialise-state.ts'
import { indexVoids } from '../model/voids.ts'
import { entriesFromPresentation } from '../policies/entries-from-presentation.ts'
import type { LedgerRecord, LedgerTx } from './ledger-store.ts'

export interface RecordOptions {
  settings: Settings
  now: number
  capabilitySeconds: number
  /** Whether the registry's newest root confirms the service's clock: without, no device joins. */
  clockConfirmed: boolean
}

/**
 * Enters a verified presentation into the ledger, inside the transaction that consumes its nonce, and gives the new score.
 * Presentations under one pseudonym wait for each other at its record, so each builds on what the others left.
 * @throws AssayError `replayed`, and what `entriesFromPresentation` throws
 */
export async function recordPresentation(
  tx: LedgerTx,
  presented: Presented,
  { settings, now, capabilitySeconds, clockConfirmed }: RecordOptions,
): Promise<ScoreOutcome> {
  const { request, pseudonym, devicePseudonyms, recipient } = presented
  const fresh = { pseudonym, state: serialiseState(emptyState(settings)), listed: false }
  const record = await tx.lockOrCreate(fresh)
  const state = parseState(record.state)
  const acceptedAt = momentAfter(state, now)
  const proofs = request.policies.map((policy, i) => ({ policy, devicePseudonym: devicePseudonyms[i]! }))
  const entries = entriesFromPresentation(state, proofs, {
    id: request.nonce,
    purpose: request.purpose,
    acceptedAt,
    provedAt: request.now,
    capabilityLifetime: capabilitySeconds,
    clockConfirmed,
  })
  if (!(await tx.addEntries(pseudonym, entries))) throw new AssayError('replayed')
  for (const entry of entries) applyLedgerEntry(state, entry)
  await tx.addSession(pseudonym, recipient)
  return saveState(tx, record, state, acceptedAt)
}

/**
 * Now; or the second after the last entry's. So each acceptance has a second of its own, and the score that it is answered
 * with, signed, stays the score of that moment.
 */
export function momentAfter({ lastAcceptedAt }: ScoreState, now: number): number {
  return Math.max(now, lastAcceptedAt + 1)
}

/** Saves a state, and with it the score that the directory sorts by. */
export async function saveState(
  tx: LedgerTx,
  record: LedgerRecord,
  state: ScoreState,
  t: number,
): Promise<ScoreOutcome> {
  const voids = await tx.voids()
  const result = scoreAt(state, t, indexVoids(state.settings, voids, t))
  const { score, lower, upper, horizon } = result
  const standing = { score, lower, upper, horizon, voids: voids.length }
  await tx.save({ ...record, state: serialiseState(state) }, standing)
  return result
}
