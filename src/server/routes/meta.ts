import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { createDidDocument } from '../../identity/index.ts'
import { AssayError, intervalNumber } from '../../protocol/index.ts'
import { assertTimely, pendingRoot, type Registry } from '../../registry/index.ts'
import type { Service } from '../create-service.ts'
import { defineRoute, type Route } from '../define-route.ts'
import { didDocumentPath, ROLES } from '../service-dids.ts'

type Deps = Pick<Service, 'dids' | 'database' | 'registry' | 'config' | 'clock' | 'metrics'>

const zOk = z.strictObject({ ok: z.literal(true) })

/** A DID document as it is published here (DID Core); readers know the rest of its vocabulary. */
const zPublishedDocument = z.looseObject({ '@context': z.array(z.string()), id: z.string() })

/** @throws AssayError `rootPending` when the newest root waits for witnesses, else `registryStale` */
async function assertRootIsOut(registry: Registry, { now, skewSeconds }: { now: number; skewSeconds: number }) {
  const present = intervalNumber(now, registry.genesis.intervalSeconds)
  const published = await registry.store.latestRoot(present)
  try {
    if (published === undefined) throw new AssayError('registryStale')
    assertTimely(published.statement, registry.genesis, { now, skewSeconds })
  } catch (error) {
    throw (await pendingRoot(registry, present)) ?? error
  }
}

/** What machines ask of the service itself: who its DIDs are, whether it runs, and its figures. */
export function metaRoutes({ dids, database, registry, config, clock, metrics }: Deps): Route[] {
  const documents = ROLES.map((role) =>
    defineRoute({
      method: 'get',
      path: didDocumentPath(role),
      tag: 'Service',
      summary: `The DID document of the role ${role}`,
      auth: 'none',
      status: 200,
      mediaType: 'application/did+json',
      response: zPublishedDocument,
      errors: [],
      handle: async () => ({ ...createDidDocument(dids[role].did, dids[role].publicKeys) }),
    }),
  )
  return [
    ...documents,
    defineRoute({
      method: 'get',
      path: '/healthz',
      tag: 'Service',
      summary: 'Whether the process answers',
      auth: 'none',
      status: 200,
      response: zOk,
      errors: [],
      handle: async () => ({ ok: true as const }),
    }),
    defineRoute({
      method: 'get',
      path: '/readyz',
      tag: 'Service',
      summary:
        'Whether requests can be served: the database answers, and the registry has a signed root of the present interval or the one before',
      auth: 'none',
      status: 200,
      response: zOk,
      errors: ['unavailable', 'registryStale', 'rootPending'],
      handle: async () => {
        await database.db.execute(sql`select 1`).catch((error: unknown) => {
          throw new AssayError('unavailable', 'The database does not answer', {}, error)
        })
        await assertRootIsOut(registry, { now: clock(), skewSeconds: config.skewSeconds })
        return { ok: true as const }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/metrics',
      tag: 'Service',
      summary: 'Prometheus metrics',
      auth: 'none',
      status: 200,
      mediaType: metrics.registry.contentType,
      response: z.string(),
      errors: [],
      handle: () => metrics.registry.metrics(),
    }),
  ]
}
