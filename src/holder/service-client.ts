import { z } from 'zod'
import { zMember } from '../protocol/device.ts'
import type { DidSigner, SessionSigner } from '../protocol/did-signer.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { zField } from '../protocol/field.ts'
import type { PresentationJson } from '../protocol/presentation.ts'
import { type ServiceDescription, zServiceDescription } from '../protocol/service-description.ts'
import type { KnownRoots, RegistrySnapshot, RegistryView, TrustList } from '../registry/index.ts'
import {
  type LogEntry,
  verifyLog,
  verifyRoots,
  verifySnapshot,
  zPublishedLog,
  zPublishedRoots,
  zRegistrySnapshot,
} from '../registry/index.ts'
import type { CredentialRequestBody } from './credential-request.ts'
import { createTransport, originOf, type TransportEffects, zErrorCode } from './service-transport.ts'

/** The registry that a caller trusts, by the hash of its genesis, and how its witnesses' DIDs resolve. */
export interface RegistryPin {
  registryId: string
  resolveKeys: ResolveKeys
}

/** A verified registry, as a holder needs it and as it was served. */
export interface VerifiedRegistry {
  view: RegistryView
  snapshot: RegistrySnapshot
}

/** What the directory is searched for; `min` is a bound on `claim` of `schema`. */
export interface DirectoryQuery {
  minScore?: number | undefined
  schema?: string | undefined
  claim?: string | undefined
  min?: bigint | undefined
  cursor?: string | undefined
  limit?: number | undefined
}

/** The holder's DID at the reputation service, and its binding there (`sourceTerms`): asks for the score as a credential. */
export interface CredentialWish {
  holder: string
  binding: string
}

/**
 * What a holder, and a dapp, does at one service over REST. Everything that can be checked here is: the registry against
 * the pinned id, documents against their schemas. Statements signed by the reputation service are given back as JSON, for
 * its own `verifyExplanation`. Every call throws `unavailable` when the service can't be reached, and otherwise the
 * service's refusal under its own code.
 */
export interface ServiceClient {
  /** Scheme and host. */
  url: string
  describe(): Promise<ServiceDescription>
  /** The whole registry, checked. @throws AssayError as `verifySnapshot` does */
  registry(pin: RegistryPin): Promise<VerifiedRegistry>
  /** The log, replayed to the trust list that it gives. `head` shows that it was not cut short. */
  log(pin: RegistryPin & { head?: string }): Promise<{ trust: TrustList; entries: readonly LogEntry[] }>
  /** The roots from an interval number on, checked; by default those that a verifier may need now. */
  roots(pin: RegistryPin & { since?: number }): Promise<KnownRoots>
  /** What changed in the registry since a root, as it was served. @throws AssayError `notFound` */
  delta(since: { number: number; sub: number }): Promise<unknown>
  /** Asks for a credential, signed by the holder's DID for the issuer. @returns the `vc+jwt`, not yet verified */
  requestCredential(body: CredentialRequestBody, holder: DidSigner): Promise<string>
  /** Finds the holder's devices by their members; none to be told all. Signed by the holder's DID for the hardware issuer. */
  findDevices(members: readonly string[], holder: DidSigner): Promise<HeldDevices>
  /** MM-1, signed by the agent key's did:key: asks, commits, opens. The messages are those of the evidence room, as JSON. */
  requestChallenge(device: bigint, agent: DidSigner): Promise<unknown>
  commit(commitment: { id: string }): Promise<unknown>
  open(openings: { id: string }): Promise<unknown>
  /** @returns the signed proof request for the reputation service's own audience, not yet verified */
  proposeRequest(proposal: unknown): Promise<string>
  /** Delivers a presentation to the ledger, by the session key that presents. Delivering the same again is harmless. */
  submitEvidence(presentation: PresentationJson, session: SessionSigner, wish?: CredentialWish): Promise<EvidenceAnswer>
  /** Has the service verify an answer to a dapp's signed request; the nonce is used up there. */
  verifyPresentation(request: string, presentation: unknown): Promise<RemoteVerification>
  /** The signed explanation of a score. `at` is in seconds; the forecast tells when `target`, a score, is reached. */
  score(pseudonym: string, at?: number, target?: number): Promise<unknown>
  history(pseudonym: string, span?: { from?: number | undefined; to?: number | undefined }): Promise<unknown>
  directory(query?: DirectoryQuery): Promise<unknown>
  /** Lists or unlists a pseudonym, or retires a device: by a session key that presented for it. */
  updateSettings(
    pseudonym: string,
    change: { listed?: boolean; retire?: string },
    session: SessionSigner,
  ): Promise<unknown>
  /** Revokes a credential, by an operator's DID. */
  revoke(credentialId: string, request: RevocationWish, operator: DidSigner): Promise<Revocation>
  /** Lifts the bars of a credential's device, by an operator's DID. @returns how many there were */
  liftBars(credentialId: string, operator: DidSigner): Promise<number>
}

const zCredentialAnswer = z.strictObject({ credential: z.string().max(131_072) })
const zRequestAnswer = z.strictObject({ request: z.string().max(131_072) })
const zDecimal = z.string().refine((text) => zField.safeParse(text).success, 'must be a canonical field element')

/** `score` is signed by the reputation service: its `verifyScoreSummary` checks it. */
const zEvidenceAnswer = z.strictObject({
  pseudonym: zDecimal,
  score: z.looseObject({ score: z.int(), lower: z.int(), upper: z.int() }),
  credential: z.string().max(131_072).optional(),
  credentialRefusal: z.strictObject({ code: zErrorCode, message: z.string() }).optional(),
})
export type EvidenceAnswer = z.output<typeof zEvidenceAnswer>

const zRemoteVerification = z.looseObject({
  ok: z.boolean(),
  code: zErrorCode.optional(),
  message: z.string().optional(),
  pseudonym: zDecimal.optional(),
  devicePseudonyms: z.array(zDecimal).optional(),
})
export type RemoteVerification = z.output<typeof zRemoteVerification>

const zHeldDevices = z.strictObject({
  devices: z
    .array(
      z.strictObject({
        device: zDecimal,
        generation: z.int().min(0),
        members: z.array(zMember).max(64),
        seenAt: z.int().min(0),
      }),
    )
    .max(10_000),
})
/** The holder's devices at an issuer, with their members and the generation of their agent keys. */
export type HeldDevices = z.output<typeof zHeldDevices>

/** Why a credential is revoked. `urgent` asks for an urgent root; `cause` bars the holder from credentials for the device. */
export interface RevocationWish {
  reason: string
  urgent?: boolean
  cause?: boolean
}

const zLifted = z.looseObject({ lifted: z.int().min(0) })

const zRevocation = z.looseObject({
  id: z.string(),
  issuer: z.string(),
  schema: z.string(),
  reason: z.string(),
  by: z.string(),
  revokedAt: z.int(),
  already: z.boolean(),
  /** The number of the first root that covers it, or of its urgent root. */
  rootNumber: z.int().min(0),
})
export type Revocation = z.output<typeof zRevocation>

/**
 * A client of the service at a URL (scheme and host). It runs in browsers.
 * @throws AssayError `malformed` when the URL is none
 * @example
 * const client = createServiceClient('https://assay.example', { fetch, clock, randomBytes })
 * const { view } = await client.registry({ registryId, resolveKeys })
 */
export function createServiceClient(serviceUrl: string, effects: TransportEffects): ServiceClient {
  const url = originOf(serviceUrl)
  const call = createTransport(url, effects)
  const { clock } = effects

  async function registry({ registryId, resolveKeys }: RegistryPin) {
    const json = await call({ method: 'GET', path: '/v1/registry' })
    const view = await verifySnapshot(json, { registryId, resolveKeys, now: clock() })
    return { view, snapshot: zRegistrySnapshot.parse(json) }
  }

  async function log({ registryId, resolveKeys, head }: RegistryPin & { head?: string }) {
    const { genesis, ...json } = parse(zPublishedLog, await call({ method: 'GET', path: '/v1/registry/log' }), 'log')
    const trust = await verifyLog(json, { registryId, genesis, resolveKeys, ...(head !== undefined && { head }) })
    return { trust, entries: json.entries }
  }

  async function roots({ registryId, resolveKeys, since }: RegistryPin & { since?: number }) {
    const path = `/v1/registry/roots${queryOf({ since })}`
    const { genesis, ...json } = parse(zPublishedRoots, await call({ method: 'GET', path }), 'list of roots')
    return verifyRoots(json, { registryId, genesis, resolveKeys })
  }

  async function post<Schema extends z.ZodType>(
    path: string,
    body: unknown,
    schema: Schema,
    signer?: DidSigner | SessionSigner,
  ): Promise<z.output<Schema>> {
    return parse(schema, await call({ method: 'POST', path, body, ...(signer && { signer }) }), `answer of ${path}`)
  }

  return {
    url,
    describe: async () => parse(zServiceDescription, await call({ method: 'GET', path: '/v1/service' }), 'description'),
    registry,
    log,
    roots,
    delta: ({ number: since, sub }) => call({ method: 'GET', path: `/v1/registry/delta${queryOf({ since, sub })}` }),
    requestCredential: async (body, holder) => {
      return (await post('/v1/credentials', body, zCredentialAnswer, holder)).credential
    },
    findDevices: (members, holder) => post('/v1/devices/find', { members }, zHeldDevices, holder),
    requestChallenge: (device, agent) => post('/v1/challenges', { device: String(device) }, z.unknown(), agent),
    commit: (commitment) => post(`/v1/challenges/${commitment.id}/commitment`, commitment, z.unknown()),
    open: (openings) => post(`/v1/challenges/${openings.id}/openings`, openings, z.unknown()),
    proposeRequest: async (proposal) => (await post('/v1/proof-requests', proposal, zRequestAnswer)).request,
    submitEvidence: (presentation, session, wish) => {
      const body = { presentation, ...(wish && { credentialBinding: wish }) }
      return post('/v1/reputation/evidence', body, zEvidenceAnswer, session)
    },
    verifyPresentation: (request, presentation) => {
      return post('/v1/presentations/verify', { request, presentation }, zRemoteVerification)
    },
    score: (pseudonym, at, target) => {
      return call({ method: 'GET', path: `/v1/reputation/${pseudonym}${queryOf({ at, target })}` })
    },
    history: (pseudonym, span = {}) => {
      return call({ method: 'GET', path: `/v1/reputation/${pseudonym}/history${queryOf(span)}` })
    },
    directory: (query = {}) => call({ method: 'GET', path: `/v1/reputation${queryOf(query)}` }),
    updateSettings: (pseudonym, body, signer) => {
      return call({ method: 'PATCH', path: `/v1/reputation/${pseudonym}`, body, signer })
    },
    revoke: (id, request, operator) => post(credentialPath(id, 'revocation'), request, zRevocation, operator),
    liftBars: async (id, operator) => {
      return (await post(credentialPath(id, 'lift'), undefined, zLifted, operator)).lifted
    },
  }
}

function credentialPath(id: string, action: string): string {
  return `/v1/credentials/${encodeURIComponent(id)}/${action}`
}

function queryOf(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)]))).toString()
  return text === '' ? '' : `?${text}`
}

function parse<Schema extends z.ZodType>(schema: Schema, json: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new AssayError('malformed', `The service's ${what} is malformed: ${z.prettifyError(parsed.error)}`)
}
