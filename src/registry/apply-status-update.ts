import { isSameDocument } from './log-entry.ts'
import { parseDocument } from './parse-document.ts'
import type { Registry } from './registry.ts'
import { readState } from './registry-state.ts'
import { acceptStatusUpdate, type StatusUpdate, zStatusUpdate } from './status-update.ts'

/**
 * Accepts an issuer's status list; the next cut covers it. The newest update again changes nothing and gives the same
 * answer, so an issuer who missed the answer may repeat it.
 * @throws AssayError `conflict` when another update of the list was accepted meanwhile; `urgentSpent`; otherwise as
 *   `acceptStatusUpdate` does
 */
export async function applyStatusUpdate(registry: Registry, json: unknown): Promise<StatusUpdate> {
  const update = parseDocument(zStatusUpdate, 'status update', json)
  const { trust } = await readState(registry)
  const previous = await registry.store.latestUpdate(update)
  if (previous !== undefined && isSameDocument(previous, update)) return previous
  await acceptStatusUpdate(previous, update, { trust, resolveKeys: registry.resolveKeys })
  await registry.store.insertUpdate(update, previous?.seq ?? 0, registry.clock())
  return update
}
