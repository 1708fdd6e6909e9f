import { randomBytes as drawRandom } from 'node:crypto'
import { createResolver } from '../identity/create-resolver.ts'
import { createResolveKeys } from '../identity/resolve-keys.ts'
import type { Clock, RandomBytes, ResolveKeys } from '../protocol/index.ts'

/** The one place where commands take time, chance and other people's DIDs from. */

export const clock: Clock = () => Math.floor(Date.now() / 1000)

export const randomBytes: RandomBytes = (length) => new Uint8Array(drawRandom(length))

const resolver = createResolver()

/** Keys by which DIDs sign statements. */
export const resolveKeys: ResolveKeys = createResolveKeys({ resolver })
