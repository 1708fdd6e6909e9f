import type { SecretKeyStore } from './stores.ts'

/** The secret of that name; where there is none, one that `create` draws is kept first. Processes that race get the same. */
export async function getOrCreateSecret(
  store: SecretKeyStore,
  name: string,
  create: () => Uint8Array,
): Promise<Uint8Array> {
  const existing = await store.get(name)
  if (existing !== undefined) return existing
  const created = create()
  if (await store.put(name, created)) return created
  const winner = await store.get(name)
  if (winner === undefined) throw new Error(`The secret ${name} vanished`)
  return winner
}
