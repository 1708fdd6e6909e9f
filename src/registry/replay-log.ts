import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { applyEntry } from './apply-entry.ts'
import { assertGenesis, type Genesis } from './genesis.ts'
import { type LogEntry, zRegistryLog } from './log-entry.ts'
import { parseDocument } from './parse-document.ts'
import { emptyTrustList, type TrustList } from './trust-list.ts'

/**
 * Replays a log from its genesis: every entry's place in the chain, its governors' signatures, its key's admission.
 * @throws AssayError as `applyEntry` does
 */
export async function replayLog(
  genesis: Genesis,
  entries: readonly LogEntry[],
  resolveKeys: ResolveKeys,
): Promise<TrustList> {
  let trust = emptyTrustList(genesis)
  for (const entry of entries) trust = await applyEntry(trust, entry, resolveKeys)
  return trust
}

/**
 * Parses and replays what GET /v1/registry/log serves. `head`, where it is given, is the log head that a root statement
 * names: it shows that the log was not cut short.
 * @throws AssayError `malformed`, `registryInvalid`, and as `applyEntry` does
 */
export async function verifyLog(
  json: unknown,
  options: { registryId: string; genesis: Genesis; resolveKeys: ResolveKeys; head?: string },
): Promise<TrustList> {
  assertGenesis(options.genesis, options.registryId)
  const log = parseDocument(zRegistryLog, 'registry log', json)
  if (log.registryId !== options.registryId) throw new AssayError('registryInvalid', 'The log is of another registry')
  const trust = await replayLog(options.genesis, log.entries, options.resolveKeys)
  if (options.head !== undefined && options.head !== trust.head) {
    throw new AssayError('registryInvalid', 'The log does not end in the head that the witnesses signed')
  }
  return trust
}
