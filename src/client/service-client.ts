import * as z from 'zod'
import {
  type MatrixChallenge,
  type MatrixCommitment,
  type MatrixOpenings,
  type MatrixPassed,
  type MatrixSamples,
  zMatrixChallenge,
  zMatrixPassed,
  zMatrixSamples,
} from '../evidence/mm1/messages.ts'
import type { CredentialRequestJson } from '../issuer/issue-from-evidence.ts'
import {
  type HeldDevices,
  type RevocationAnswer,
  zCredentialAnswer,
  zHeldDevices,
  zLiftAnswer,
  zRevocationAnswer,
  type zRevocationRequest,
} from '../issuer/messages.ts'
import type { DidSigner, SessionSigner } from '../protocol/did-signer.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import type { PresentationJson } from '../protocol/presentation.ts'
import { type ServiceDescription, zServiceDescription } from '../protocol/service-description.ts'
import {
  type KnownRoots,
  type LogEntry,
  type RegistrySnapshot,
  type RegistryView,
  type RootConflict,
  type TrustList,
  verifyLog,
  verifyRoots,
  verifySnapshot,
  zConvictedWitnesses,
  zPublishedLog,
  zPublishedRoots,
  zRegistrySnapshot,
  zRootConflicts,
} from '../registry/index.ts'
import { type PseudonymSettings, zPseudonymSettings } from '../reputation/ledger/change-settings.ts'
import { type EvidenceAnswer, zEvidenceAnswer, zProposalAnswer } from '../reputation/ledger/messages.ts'
import type { CredentialWish } from '../reputation/ledger/score-credential.ts'
import { type DirectoryPage, zDirectoryPage } from '../reputation/ledger/search-directory.ts'
import type { Proposal, ProposalInput } from '../reputation/policies/proposal.ts'
import { type VerificationAnswer, zVerificationAnswer } from '../verifier/verification-answer.ts'
import { createTransport, originOf, type TransportEffects } from './transport.ts'

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

/** Why a credential is revoked. `urgent` asks for an urgent root; `cause` bars the holder from credentials for the device. */
export type RevocationRequest = z.input<typeof zRevocationRequest>

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
  /** The evidence against witnesses that the service has, not yet verified: `verifyConflict` checks each. */
  conflicts(): Promise<RootConflict[]>
  /** Brings evidence against a witness. @returns the witnesses that it convicts, as the service says */
  reportConflict(conflict: RootConflict): Promise<string[]>
  /** Asks for a credential, signed by the holder's DID for the issuer. @returns the `vc+jwt`, not yet verified */
  requestCredential(body: CredentialRequestJson, holder: DidSigner): Promise<string>
  /** Finds the holder's devices by their members; none to be told all. Signed by the holder's DID for the hardware issuer. */
  findDevices(members: readonly string[], holder: DidSigner): Promise<HeldDevices>
  /** MM-1, signed by the agent key's did:key: asks, commits, opens. */
  requestChallenge(device: bigint, agent: DidSigner): Promise<MatrixChallenge>
  commit(commitment: MatrixCommitment): Promise<MatrixSamples>
  open(openings: MatrixOpenings): Promise<MatrixPassed>
  /** @returns the signed proof request for the reputation service's own audience, not yet verified */
  proposeRequest(proposal: Proposal | ProposalInput): Promise<string>
  /** Delivers a presentation to the ledger, by the session key that presents. Delivering the same again is harmless. */
  submitEvidence(presentation: PresentationJson, session: SessionSigner, wish?: CredentialWish): Promise<EvidenceAnswer>
  /** Has the service verify an answer to a dapp's signed request; the nonce is used up there. */
  verifyPresentation(request: string, presentation: unknown): Promise<VerificationAnswer>
  /** The signed explanation of a score. `at` is in seconds; the forecast tells when `target`, a score, is reached. */
  score(pseudonym: string, at?: number, target?: number): Promise<unknown>
  history(pseudonym: string, span?: { from?: number | undefined; to?: number | undefined }): Promise<unknown>
  directory(query?: DirectoryQuery): Promise<DirectoryPage>
  /** Lists or unlists a pseudonym, or retires a device: by a session key that presented for it. */
  updateSettings(
    pseudonym: string,
    change: { listed?: boolean; retire?: string },
    session: SessionSigner,
  ): Promise<PseudonymSettings>
  /** Revokes a credential, by an operator's DID. */
  revoke(credentialId: string, request: RevocationRequest, operator: DidSigner): Promise<RevocationAnswer>
  /** Lifts the bars of a credential's device, by an operator's DID. @returns how many there were */
  liftBars(credentialId: string, operator: DidSigner): Promise<number>
}

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
    conflicts: async () => {
      const json = await call({ method: 'GET', path: '/v1/registry/conflicts' })
      return parse(zRootConflicts, json, 'list of conflicts').conflicts
    },
    reportConflict: async (conflict) => (await post('/v1/registry/conflicts', conflict, zConvictedWitnesses)).witnesses,
    requestCredential: async (body, holder) => {
      return (await post('/v1/credentials', body, zCredentialAnswer, holder)).credential
    },
    findDevices: (members, holder) => post('/v1/devices/find', { members }, zHeldDevices, holder),
    requestChallenge: (device, agent) => post('/v1/challenges', { device: String(device) }, zMatrixChallenge, agent),
    commit: (commitment) => post(`/v1/challenges/${commitment.id}/commitment`, commitment, zMatrixSamples),
    open: (openings) => post(`/v1/challenges/${openings.id}/openings`, openings, zMatrixPassed),
    proposeRequest: async (proposal) => (await post('/v1/proof-requests', proposal, zProposalAnswer)).request,
    submitEvidence: (presentation, session, wish) => {
      const body = { presentation, ...(wish && { credentialBinding: wish }) }
      return post('/v1/reputation/evidence', body, zEvidenceAnswer, session)
    },
    verifyPresentation: (request, presentation) => {
      return post('/v1/presentations/verify', { request, presentation }, zVerificationAnswer)
    },
    score: (pseudonym, at, target) => {
      return call({ method: 'GET', path: `/v1/reputation/${pseudonym}${queryOf({ at, target })}` })
    },
    history: (pseudonym, span = {}) => {
      return call({ method: 'GET', path: `/v1/reputation/${pseudonym}/history${queryOf(span)}` })
    },
    directory: async (query = {}) => {
      const json = await call({ method: 'GET', path: `/v1/reputation${queryOf(query)}` })
      return parse(zDirectoryPage, json, 'page of the directory')
    },
    updateSettings: async (pseudonym, body, signer) => {
      const json = await call({ method: 'PATCH', path: `/v1/reputation/${pseudonym}`, body, signer })
      return parse(zPseudonymSettings, json, 'settings')
    },
    revoke: (id, request, operator) => post(credentialPath(id, 'revocation'), request, zRevocationAnswer, operator),
    liftBars: async (id, operator) => {
      return (await post(credentialPath(id, 'lift'), undefined, zLiftAnswer, operator)).lifted
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
