import type { SecretKeyStore } from './stores.ts'

/** The secret of that name; if it does not exist, one from `create` is stored first. Concurrent processes get the same secret. */
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
