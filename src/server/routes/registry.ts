import { z } from 'zod'
import { zSeconds } from '../../protocol/index.ts'
import {
  readLog,
  readRoots,
  readSnapshot,
  zPublishedLog,
  zPublishedRoots,
  zRegistrySnapshot,
} from '../../registry/index.ts'
import type { Service } from '../create-service.ts'
import { defineRoute, type Route } from '../define-route.ts'

type Deps = Pick<Service, 'registry' | 'config' | 'clock'>

/** How many statements one answer may hold, less some room. */
const MAX_STATEMENTS = 18_000

const zRootsQuery = z.strictObject({
  /** Seconds: the statements since then, and the one before. */
  since: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,9})$/, 'must be seconds since the Unix epoch')
    .transform(Number)
    .pipe(zSeconds)
    .optional(),
})

/** The registry as everyone reads it: readers check it themselves, against the registry id that they pin. */
export function registryRoutes({ registry, config, clock }: Deps): Route[] {
  const { graceSeconds, maxAgeSeconds, skewSeconds, publishIntervalSeconds } = config
  const earliest = (asked: number | undefined): number => {
    const now = clock()
    const since = asked ?? now - graceSeconds - maxAgeSeconds - skewSeconds
    return Math.max(0, since, now - MAX_STATEMENTS * publishIntervalSeconds)
  }
  return [
    defineRoute({
      method: 'get',
      path: '/v1/registry',
      tag: 'Registry',
      summary: 'The trust list with its leaves, every status list, and the newest root that the witnesses signed',
      auth: 'none',
      status: 200,
      response: zRegistrySnapshot,
      errors: ['unavailable'],
      handle: async ({ response }) => {
        response.setHeader('cache-control', 'no-cache')
        return readSnapshot(registry)
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/registry/log',
      tag: 'Registry',
      summary: 'The genesis and every signed entry of the trust list, to be replayed',
      auth: 'none',
      status: 200,
      response: zPublishedLog,
      errors: [],
      handle: async ({ response }) => {
        response.setHeader('cache-control', 'no-cache')
        return { genesis: registry.genesis, ...(await readLog(registry)) }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/registry/roots',
      tag: 'Registry',
      summary: 'The genesis and the newest signed root statements, from which the windows of roots follow',
      auth: 'none',
      query: zRootsQuery,
      status: 200,
      response: zPublishedRoots,
      errors: [],
      handle: async ({ query, response }) => {
        response.setHeader('cache-control', 'no-cache')
        return { genesis: registry.genesis, ...(await readRoots(registry, earliest(query.since))) }
      },
    }),
  ]
}
