import { epochAt, type HeartbeatSettings, type PreparedMeasuringKey, prepareMeasuringKey } from '../evidence/index.ts'
import { getOrCreateSecret, type SecretKeyStore } from '../identity/index.ts'
import { measuringKeyOf } from '../issuer/index.ts'
import type { RandomBytes } from '../protocol/index.ts'

/** How many epochs' keys stay prepared: the present one's, and those of challenges that are still being answered. */
const KEPT = 8

/**
 * The measuring key under which a challenge of that moment (milliseconds) is made and checked: one an epoch, drawn when it
 * is first wanted, kept among the encrypted secrets, so that every process of the service has the same.
 */
export function createMeasuringKeys(
  { settings, n }: { settings: HeartbeatSettings; n: number },
  { secrets, randomBytes }: { secrets: SecretKeyStore; randomBytes: RandomBytes },
): (atMs: number) => Promise<PreparedMeasuringKey> {
  const prepared = new Map<number, Promise<PreparedMeasuringKey>>()
  const keepSecret = (name: string, create: () => Uint8Array) => getOrCreateSecret(secrets, name, create)
  return (atMs) => {
    const epoch = epochAt(settings, Math.floor(atMs / 1000))
    const known = prepared.get(epoch)
    if (known !== undefined) return known
    const key = measuringKeyOf(epoch, n, keepSecret, randomBytes).then(prepareMeasuringKey)
    prepared.set(epoch, key)
    // one that could not be read is tried again
    key.catch(() => prepared.delete(epoch))
    for (const oldest of [...prepared.keys()].sort((a, b) => a - b).slice(0, -KEPT)) prepared.delete(oldest)
    return key
  }
}
