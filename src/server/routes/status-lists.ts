import * as z from 'zod'
import { type Issuer, readStatusList, type StatusList, signStatusListCredential } from '../../issuer/index.ts'
import { AssayError, CREDENTIAL_TYP } from '../../protocol/index.ts'
import type { Service } from '../create-service.ts'
import { defineRoute, type Route } from '../define-route.ts'

type Deps = Pick<Service, 'issuers' | 'issuerStore' | 'registry' | 'clock'>

const zListId = z.strictObject({
  id: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,8})$/, 'must be the number of a status list')
    .transform(Number),
})

/** Status lists as the ecosystem reads them: W3C BitstringStatusListCredentials. */
export function statusListRoutes(deps: Deps): Route[] {
  const ttlSeconds = deps.registry.genesis.intervalSeconds
  const signed = createSignedLists(deps)
  return [
    defineRoute({
      method: 'get',
      path: '/v1/status-lists/:id',
      tag: 'Credentials',
      summary: 'The Bitstring Status List credential of a list, as it was published last',
      auth: 'none',
      params: zListId,
      status: 200,
      mediaType: `application/${CREDENTIAL_TYP}`,
      response: z.string(),
      errors: ['notFound'],
      handle: async ({ params, response }) => {
        response.setHeader('cache-control', `public, max-age=${ttlSeconds}`)
        return signed(params.id)
      },
    }),
  ]
}

/** Signs a list when its bits changed or its signature is an interval old: readers between get the same bytes. */
function createSignedLists({ issuers, issuerStore, registry, clock }: Deps): (list: number) => Promise<string> {
  const byDid = new Map<string, Issuer>(Object.values(issuers).map((issuer) => [issuer.did, issuer]))
  const { intervalSeconds } = registry.genesis
  const cache = new Map<number, { state: StatusList; signedAt: number; jwt: string }>()
  return async (list) => {
    const state = await readStatusList(issuerStore, list)
    const issuer = byDid.get(state.issuer)
    if (issuer === undefined) throw new AssayError('notFound', `There is no status list ${list} here`, { list })
    const now = clock()
    const known = cache.get(list)
    if (known !== undefined && known.state.encodedList === state.encodedList) {
      if (now - known.signedAt < intervalSeconds) return known.jwt
    }
    const jwt = await signStatusListCredential(issuer, state, now, intervalSeconds)
    cache.set(list, { state, signedAt: now, jwt })
    return jwt
  }
}
