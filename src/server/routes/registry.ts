import * as z from 'zod'
import {
  acceptConflict,
  firstKnownNumber,
  MAX_ROOTS,
  readConflicts,
  readDelta,
  readLog,
  readRoots,
  readSnapshot,
  zConvictedWitnesses,
  zPublishedLog,
  zPublishedRoots,
  zRegistryDelta,
  zRegistrySnapshot,
  zRootConflict,
  zRootConflicts,
} from '../../registry/index.ts'
import type { Service } from '../create-service.ts'
import { defineRoute, type Route } from '../define-route.ts'
import { witnessRoutes } from './witness.ts'

type Deps = Pick<Service, 'registry' | 'config' | 'clock'>

const zNumber = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,9})$/, 'must be a whole number')
  .transform(Number)

const zRootsQuery = z.strictObject({
  /** An interval number: the roots from it on. By default those that a verifier may need now. */
  since: zNumber.optional(),
})

const zDeltaQuery = z.strictObject({ since: zNumber, sub: zNumber.optional() })

/** The registry as everyone reads it: readers check it themselves, against the registry id that they pin. */
export function registryRoutes(deps: Deps): Route[] {
  const { registry, config, clock } = deps
  return [
    defineRoute({
      method: 'get',
      path: '/v1/registry',
      tag: 'Registry',
      summary: 'The trust list with its leaves, every status list, and the newest root that the witnesses signed',
      auth: 'none',
      status: 200,
      response: zRegistrySnapshot,
      errors: ['unavailable', 'rootPending'],
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
      summary: `The genesis and the signed roots from an interval number on: at most ${MAX_ROOTS}, the newest`,
      auth: 'none',
      query: zRootsQuery,
      status: 200,
      response: zPublishedRoots,
      errors: [],
      handle: async ({ query, response }) => {
        response.setHeader('cache-control', 'no-cache')
        const since = query.since ?? firstKnownNumber(registry.genesis, clock(), config.skewSeconds)
        return { genesis: registry.genesis, ...(await readRoots(registry, since)) }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/registry/delta',
      tag: 'Registry',
      summary:
        'What changed since a root that the reader has: leaves, flipped bits of status lists, and the newest root',
      auth: 'none',
      query: zDeltaQuery,
      status: 200,
      response: zRegistryDelta,
      errors: ['notFound', 'unavailable', 'rootPending'],
      handle: async ({ query, response }) => {
        response.setHeader('cache-control', 'no-cache')
        return readDelta(registry, { number: query.since, sub: query.sub ?? 0 })
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/registry/conflicts',
      tag: 'Registry',
      summary: 'Evidence against witnesses: pairs of different roots of one number under the same signature',
      auth: 'none',
      status: 200,
      response: zRootConflicts,
      errors: [],
      handle: () => readConflicts(registry),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/registry/conflicts',
      tag: 'Registry',
      summary: 'Bring evidence against a witness. It is checked, kept and served to everyone',
      auth: 'none',
      body: zRootConflict,
      status: 200,
      response: zConvictedWitnesses,
      errors: ['registryInvalid', 'notEnoughSignatures'],
      handle: ({ json }) => acceptConflict(registry, json),
    }),
    ...witnessRoutes(deps),
  ]
}
