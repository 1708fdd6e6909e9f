import * as z from 'zod'
import {
  type Issuer,
  issueFromEvidence,
  revokeCredential,
  zCredentialAnswer,
  zCredentialRequest,
  zLiftAnswer,
  zRevocationAnswer,
  zRevocationRequest,
} from '../../issuer/index.ts'
import { AssayError, claimSchema, intervalNumber } from '../../protocol/index.ts'
import { type Genesis, lastMinute } from '../../registry/index.ts'
import type { Service } from '../create-service.ts'
import { defineRoute, type Route } from '../define-route.ts'
import { publishList } from '../publish-registry.ts'

type Deps = Pick<
  Service,
  | 'issuers'
  | 'issuerStore'
  | 'challenges'
  | 'heartbeats'
  | 'settings'
  | 'dids'
  | 'resolveKeys'
  | 'operators'
  | 'publisher'
  | 'metrics'
  | 'clock'
  | 'randomBytes'
>

const zCredentialId = z.strictObject({ id: z.string().max(64) })

/** Credentials: evidence in, credential out; and their revocation. */
export function credentialRoutes(deps: Deps): Route[] {
  const { issuerStore, operators, publisher, metrics, clock } = deps
  const issuers = Object.values(deps.issuers)
  return [
    defineRoute({
      method: 'post',
      path: '/v1/credentials',
      tag: 'Credentials',
      summary: 'Ask for a credential on evidence. The same request again, signed anew, gets the same credential',
      auth: 'did',
      body: zCredentialRequest,
      status: 201,
      response: zCredentialAnswer,
      errors: [
        ...([
          'unauthorized',
          'expired',
          'clockSkew',
          'didUnresolvable',
          'signatureInvalid',
          'signatureReplayed',
        ] as const),
        ...([
          'unknownSchema',
          'evidenceRejected',
          'catalogueContradiction',
          'challengeUnknown',
          'challengeFailed',
        ] as const),
        ...(['selfReportedRefused', 'deviceBound', 'memberBound', 'deviceUnknown', 'deviceRevoked'] as const),
        ...(['generationStale', 'releaseUsed', 'epochOpen', 'revoked', 'conflict', 'bodyTooLarge'] as const),
      ],
      handle: async ({ body: { schema }, json, did }) => {
        const issuer = issuerFor(issuers, schema)
        const effects = effectsOf(deps, issuer)
        const { jwt, retry } = await issueFromEvidence(effects, json, { holder: did, now: clock() })
        if (!retry) metrics.credentialsIssued.inc({ schema })
        return { credential: jwt }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/credentials/:id/revocation',
      tag: 'Credentials',
      summary:
        'Revoke a credential, and every other under its status index, for good. The next root of the registry covers it, or an urgent one',
      auth: 'did',
      params: zCredentialId,
      body: zRevocationRequest,
      status: 200,
      response: zRevocationAnswer,
      errors: [
        'unauthorized',
        'expired',
        'clockSkew',
        'didUnresolvable',
        'signatureInvalid',
        'signatureReplayed',
        'notFound',
        'urgentSpent',
      ],
      handle: async ({ params: { id }, body: { reason, urgent, cause }, did }) => {
        assertOperator(operators, did)
        const record = await issuerStore.transaction((tx) => tx.findIssued(id))
        const issuer = issuers.find((candidate) => candidate.did === record?.issuer)
        if (issuer === undefined) throw notIssued()
        const request = { issuer: issuer.did, credentialId: id, reason, by: did, cause }
        const revoked = await revokeCredential(issuerStore, request, clock())
        await publishList(publisher, issuer, revoked.list, { urgent })
        return { id, ...revoked, rootNumber: coveringRoot(clock(), publisher.registry.genesis, urgent) }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/credentials/:id/lift',
      tag: 'Credentials',
      summary: "Lift the bars of a credential's device: its holders may ask again for what was not revoked",
      auth: 'did',
      params: zCredentialId,
      status: 200,
      response: zLiftAnswer,
      errors: [
        ...(['unauthorized', 'expired', 'clockSkew', 'didUnresolvable'] as const),
        ...(['signatureInvalid', 'signatureReplayed', 'notFound'] as const),
      ],
      handle: async ({ params: { id }, did }) => {
        assertOperator(operators, did)
        const lifted = await issuerStore.transaction(async (tx) => {
          const record = await tx.findIssued(id)
          if (record === undefined) throw notIssued()
          return tx.liftBars(record.device)
        })
        return { id, lifted }
      },
    }),
  ]
}

function assertOperator(operators: ReadonlySet<string>, did: string): void {
  if (!operators.has(did)) throw new AssayError('unauthorized', `${did} is not an operator of this service`)
}

/** The next interval's root covers what was published now. An urgent one appears at the next whole minute, if that is sooner. */
function coveringRoot(now: number, { intervalSeconds }: Genesis, urgent: boolean): number {
  const next = intervalNumber(now, intervalSeconds) + 1
  return urgent ? Math.min(next, intervalNumber(lastMinute(now + 59), intervalSeconds)) : next
}

function notIssued(): AssayError {
  return new AssayError('notFound', 'This service has issued no credential of this id')
}

function issuerFor(issuers: readonly Issuer[], schema: string): Issuer {
  const issuer = issuers.find(({ schemas }) => Object.hasOwn(schemas, schema))
  if (issuer !== undefined) return issuer
  throw new AssayError('unknownSchema', `No issuer here issues ${claimSchema(schema).title} (${schema})`, { schema })
}

function effectsOf(deps: Deps, issuer: Issuer): Parameters<typeof issueFromEvidence>[0] {
  const { issuerStore: store, challenges, heartbeats: uptime, settings, resolveKeys, randomBytes } = deps
  return { issuer, store, randomBytes, challenges, uptime, settings, monitor: deps.dids.monitor.did, resolveKeys }
}
