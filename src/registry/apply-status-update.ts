import { isSameDocument } from './log-entry.ts'
import { parseDocument } from './parse-document.ts'
import { publishChange } from './publish-root.ts'
import type { Registry } from './registry.ts'
import { readState } from './registry-state.ts'
import type { RootStatement } from './root-statement.ts'
import { acceptStatusUpdate, zStatusUpdate } from './status-update.ts'

/**
 * Takes in an issuer's status list, then publishes the root that it gives. The newest update again changes nothing and
 * gives the same answer, so an issuer who missed the answer may repeat it.
 * @throws AssayError `conflict` when another update of the list was taken in meanwhile; otherwise as `acceptStatusUpdate`
 *   and `publishRoot` do. After an error of publishing the update stands.
 */
export async function applyStatusUpdate(registry: Registry, json: unknown): Promise<RootStatement> {
  const update = parseDocument(zStatusUpdate, 'status update', json)
  const { trust } = await readState(registry)
  const previous = await registry.store.latestUpdate(update)
  if (previous !== undefined && isSameDocument(previous, update)) return publishChange(registry)
  await acceptStatusUpdate(previous, update, { trust, resolveKeys: registry.resolveKeys })
  await registry.store.insertUpdate(update, previous?.seq ?? 0)
  return publishChange(registry)
}
