import { AssayError } from '../protocol/errors.ts'
import { applyEntry, assertAdmission } from './apply-entry.ts'
import { type Action, isSameDocument, type LogEntry, zLogEntry } from './log-entry.ts'
import { parseDocument } from './parse-document.ts'
import type { Registry } from './registry.ts'
import { readState } from './registry-state.ts'
import { CLOCK_SKEW_SECONDS } from './root-statement.ts'
import { type Signer, withSignatures } from './sign-document.ts'

/** The next log entry with this action, for governors to sign: it names its place in the log. */
export async function draftEntry(registry: Registry, action: Action): Promise<Omit<LogEntry, 'signatures'>> {
  const { trust } = await readState(registry)
  return {
    type: 'AssayRegistryEntry',
    registryId: registry.registryId,
    chain: registry.genesis.chain,
    seq: trust.seq + 1,
    previous: trust.head,
    issuedAt: Math.max(registry.clock(), trust.issuedAt),
    action,
  }
}

/**
 * Accepts a signed entry; the next cut covers it. The same entry again changes nothing and gives the same answer, so a
 * caller who missed the answer may repeat it.
 * @throws AssayError `conflict` when it does not follow the log's head (another entry was first) or contradicts the trust
 *   list; otherwise as `applyEntry` and `assertAdmission` do
 */
export async function appendEntry(registry: Registry, json: unknown): Promise<LogEntry> {
  const entry = parseDocument(zLogEntry, 'log entry', json)
  const { trust } = await readState(registry)
  if (entry.registryId === registry.registryId && entry.seq <= trust.seq) {
    const [stored] = await registry.store.entriesAfter(entry.seq - 1)
    if (stored !== undefined && isSameDocument(stored, entry)) return stored
    throw new AssayError('conflict', `Log entry ${entry.seq} is another one`, { seq: trust.seq })
  }
  if (entry.issuedAt > registry.clock() + CLOCK_SKEW_SECONDS) {
    throw new AssayError('registryInvalid', `Log entry ${entry.seq} is issued in the future`)
  }
  await applyEntry(trust, entry, registry.resolveKeys)
  await assertAdmission(trust, entry, registry.resolveKeys)
  await registry.store.insertEntry(entry)
  return entry
}

/** Drafts, signs and appends an entry in one go: for governors whose keys are at hand. @throws as `appendEntry` does */
export async function govern(registry: Registry, action: Action, governors: readonly Signer[]): Promise<LogEntry> {
  return appendEntry(registry, await withSignatures(await draftEntry(registry, action), governors))
}
