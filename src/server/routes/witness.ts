import * as z from 'zod'
import { AssayError, intervalNumber, zCanonicalDid, zListNumber } from '../../protocol/index.ts'
import { addSignature, zPendingRoot, zRootSignature, zSeq, zStatusUpdate } from '../../registry/index.ts'
import type { Service } from '../create-service.ts'
import { defineRoute, type Route } from '../define-route.ts'

type Deps = Pick<Service, 'registry' | 'clock'>

const zCount = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,9})$/, 'must be a whole number')
  .transform(Number)

const zUpdateQuery = z.strictObject({
  issuer: zCanonicalDid,
  list: zCount.pipe(zListNumber),
  seq: zCount.pipe(zSeq),
})

/** What a witness outside this service needs to check a cut, and how it adds its signature. */
export function witnessRoutes({ registry, clock }: Deps): Route[] {
  const { store, genesis } = registry
  return [
    defineRoute({
      method: 'get',
      path: '/v1/registry/cut',
      tag: 'Registry',
      summary: 'The newest cut and its root, with the signatures that it has so far: for witnesses to check and sign',
      auth: 'none',
      status: 200,
      response: zPendingRoot,
      errors: ['unavailable'],
      handle: async ({ response }) => {
        response.setHeader('cache-control', 'no-cache')
        const present = intervalNumber(clock(), genesis.intervalSeconds)
        const cut = await store.cutBefore({ number: present + 1, sub: 0 })
        const statement = cut && (await store.root(cut))
        if (statement === undefined) throw new AssayError('unavailable', 'The registry has not published a root yet')
        return { cut: cut!, statement }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/registry/update',
      tag: 'Registry',
      summary: 'One state of a status list, as its issuer signed it',
      auth: 'none',
      query: zUpdateQuery,
      status: 200,
      response: zStatusUpdate,
      errors: ['notFound'],
      handle: async ({ query }) => {
        const update = await store.update(query)
        if (update === undefined) throw new AssayError('notFound', 'The registry has no such state of a status list')
        return update
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/registry/signatures',
      tag: 'Registry',
      summary: "Add a witness's signatures to a root",
      auth: 'none',
      body: zRootSignature,
      status: 200,
      response: z.strictObject({ ok: z.literal(true) }),
      errors: ['notFound', 'notEnoughSignatures'],
      handle: async ({ body: { number, sub, signature } }) => {
        await addSignature(registry, { number, sub }, signature)
        return { ok: true as const }
      },
    }),
  ]
}
