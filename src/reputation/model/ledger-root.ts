import { jcsHash } from '../../protocol/jcs.ts'
import type { Ledger } from './ledger.ts'

/**
 * Names all that a score at t was computed from: SHA-256 (base64url) of the canonical JSON of the settings, the entries
 * accepted by t in the order of their ids, and the epochs declared void by t. Anyone with the ledger computes the same.
 */
export function ledgerRoot({ pseudonym, settings, entries, voids }: Ledger, t: number): string {
  return jcsHash({
    pseudonym,
    settings,
    entries: entries.filter((entry) => entry.acceptedAt <= t).sort((a, b) => (a.entryId < b.entryId ? -1 : 1)),
    voids: voids.filter((v) => v.declaredAt <= t).sort((a, b) => a.epoch - b.epoch || a.declaredAt - b.declaredAt),
  })
}
