import { randomBytes as drawRandom } from 'node:crypto'
import { type Clock, ed25519FromDidKey, type RandomBytes, type ResolveKeys } from '../protocol/index.ts'

/** The one place where commands take time, chance and other people's DIDs from. */

export const clock: Clock = () => Math.floor(Date.now() / 1000)

export const randomBytes: RandomBytes = (length) => new Uint8Array(drawRandom(length))

let resolving: Promise<ResolveKeys> | undefined

/** Keys by which DIDs sign statements. A did:key holds its own; only for others the resolvers, which are large, are loaded. */
export const resolveKeys: ResolveKeys = async (did) => {
  if (did.startsWith('did:key:')) return [ed25519FromDidKey(did)]
  resolving ??= loadResolver()
  return (await resolving)(did)
}

async function loadResolver(): Promise<ResolveKeys> {
  const [{ createResolver }, { createResolveKeys }] = await Promise.all([
    import('../identity/create-resolver.ts'),
    import('../identity/resolve-keys.ts'),
  ])
  return createResolveKeys({ resolver: createResolver() })
}
