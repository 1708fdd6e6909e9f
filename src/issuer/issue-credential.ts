import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { toBase64url } from '../protocol/bytes.ts'
import { claimSchema, HARDWARE } from '../protocol/claim-schemas.ts'
import { assertSources, claimOf, roundClaims, type SourcedClaims } from '../protocol/claims.ts'
import type { CredentialJson } from '../protocol/credential.ts'
import type { RandomBytes } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { SOURCE_LEVEL, sourceName, UNUSED_SOURCE } from '../protocol/sources.ts'
import { assertNotBarred } from './device-register.ts'
import { type Issuer, schemaSettings } from './issuer.ts'
import type { IssuedRecord, IssuerStore, IssuerTx, StatusOwner } from './issuer-store.ts'
import { assertNotRevoked, type ProposedPlace, placeStatus } from './place-status.ts'
import { type CredentialDraft, signCredential } from './sign-credential.ts'

/** One issuer with what it needs: its store, and randomness for ids and status indices. */
export interface IssuerEffects {
  issuer: Issuer
  store: IssuerStore
  randomBytes: RandomBytes
}

export interface IssueRequest extends SourcedClaims {
  /** The holder's name for this request, the same when it is repeated. */
  requestId: string
  /** A hash of all that was asked: the same id with another hash is a contradiction. */
  requestHash: string
  /** The DID that asks. */
  holder: string
  schema: string
  /** The holder's pseudonym for this issuer's DID. */
  subject: bigint
  device: bigint
  binding: bigint
  /** Eight claims as measured: they are rounded here, never in the holder's favour. */
  claims: bigint[]
  /** The members that the claims are about, sorted; empty where they are about no members. */
  members: string[]
  /** How the claims were obtained, in words a person can judge. */
  evidence: CredentialJson['evidence']
  /** Seconds. */
  now: number
}

export interface IssuedCredential {
  id: string
  /** The VC 2.0 as `vc+jwt`. */
  jwt: string
  list: number
  statusIndex: number
  expiresAt: number
  /** Whether this is the stored answer to the same request made before. */
  retry: boolean
}

/**
 * Work done in the transaction that stores the credential, before it: entering a device into the register, say. What it
 * writes is kept when it returns an error too, which then becomes the refusal; when it throws, nothing is kept.
 */
export type WithinIssue = (tx: IssuerTx) => Promise<AssayError | undefined>

const ATTEMPTS = 8

/** Thrown to roll back: a concurrent request took the proposed place, or is this very request. */
class Overtaken extends Error {}

/**
 * Issues a credential: claims rounded and their sources capped, a status index found or kept, signed twice, recorded.
 *
 * Place, record and whatever `within` does happen in one transaction, or none of it does; the promise resolves after it
 * is committed, so a process that is killed has acknowledged nothing that is lost. Signing happens before that
 * transaction, since a signer may want the database itself; a signed credential that could not be recorded is dropped.
 * An exact retry (same holder, id and hash) gets the stored credential.
 * @throws AssayError `unknownSchema`, `malformed` (claims), `selfReportedRefused`, `deviceRevoked`, `revoked`, `conflict`
 * (the id was used for something else), and what `within` throws or returns
 */
export async function issueCredential(
  effects: IssuerEffects,
  request: IssueRequest,
  within: WithinIssue = async () => undefined,
): Promise<IssuedCredential> {
  const { issuer, store, randomBytes } = effects
  const draft = draftOf(issuer, request)
  const owner = ownerOf(issuer, request, draft)
  const { members } = request
  for (let attempt = 1; ; attempt += 1) {
    const prepared = await store.transaction(async (tx) => {
      const earlier = await findEarlier(tx, issuer, request)
      if (earlier !== undefined) return { earlier }
      await assertNotBarred(tx, request)
      return { place: await placeStatus(tx, owner, members, randomBytes) }
    })
    if (prepared.earlier !== undefined) return prepared.earlier
    const { place } = prepared
    const { credential, jwt } = await signCredential(issuer, draft, place, request.now, randomBytes)
    const { list, index } = place
    const record: IssuedRecord = {
      ...{ issuer: issuer.did, schema: request.schema, holder: request.holder },
      ...{ device: request.device, binding: request.binding, list, index },
      id: credential.id,
      issuedAt: credential.issuedAt,
      expiresAt: credential.expiresAt,
      jwt,
      jwtHash: toBase64url(sha256(utf8ToBytes(jwt))),
      requestId: request.requestId,
      requestHash: request.requestHash,
    }
    try {
      const refusal = await store.transaction((tx) => storeIssued(tx, { record, owner, place }, within))
      if (refusal !== undefined) throw refusal
      return answer(record, false)
    } catch (error) {
      if (!(error instanceof Overtaken) || attempt === ATTEMPTS) throw error
    }
  }
}

async function storeIssued(
  tx: IssuerTx,
  { record, owner, place }: { record: IssuedRecord; owner: StatusOwner; place: ProposedPlace },
  within: WithinIssue,
): Promise<AssayError | undefined> {
  const refusal = await within(tx)
  if (refusal !== undefined) return refusal
  await assertNotBarred(tx, record)
  const { list, index, variant, members } = place
  const entry = await tx.lockStatusEntry(owner)
  if (entry === undefined || entry.variant < variant) {
    if (entry !== undefined && entry.variant !== variant - 1) throw new Overtaken()
    if (!(await tx.insertStatusEntry(owner, place))) throw new Overtaken()
  } else {
    assertNotRevoked(entry)
    if (entry.list !== list || entry.index !== index) throw new Overtaken()
    if (entry.members.join() !== members.join()) await tx.updateStatusMembers(place, members)
  }
  if (!(await tx.insertIssued(record))) throw new Overtaken()
  return undefined
}

/**
 * The stored answer to an exact retry, if the request was answered before: to be asked for before evidence is checked,
 * which may have grown too old meanwhile.
 * @throws AssayError `conflict` when the id was used for another request
 */
export function findAnswer(
  { issuer, store }: Pick<IssuerEffects, 'issuer' | 'store'>,
  request: Pick<IssueRequest, 'holder' | 'requestId' | 'requestHash'>,
): Promise<IssuedCredential | undefined> {
  return store.transaction((tx) => findEarlier(tx, issuer, request))
}

async function findEarlier(
  tx: IssuerTx,
  issuer: Issuer,
  { holder, requestId, requestHash }: Pick<IssueRequest, 'holder' | 'requestId' | 'requestHash'>,
): Promise<IssuedCredential | undefined> {
  const earlier = await tx.findIssuedByRequest(issuer.did, holder, requestId)
  if (earlier === undefined) return undefined
  if (earlier.requestHash === requestHash) return answer(earlier, true)
  throw new AssayError('conflict', 'This request id was used for another request')
}

function answer(record: IssuedRecord, retry: boolean): IssuedCredential {
  const { id, jwt, list, index, expiresAt } = record
  return { id, jwt, list, statusIndex: index, expiresAt, retry }
}

function draftOf(issuer: Issuer, request: IssueRequest): CredentialDraft {
  const { schema, holder, subject, device, binding, sources } = request
  const { sourceCap } = schemaSettings(issuer, schema)
  const claims = roundClaims(schema, request.claims)
  assertSources(schema, request)
  const lowered = capSources(schema, { claims, sources }, sourceCap)
  const { sources: capped } = lowered
  if (!issuer.allowSelfReported && !capped.some((source) => source >= SOURCE_LEVEL.measured)) {
    throw new AssayError('selfReportedRefused')
  }
  const isCapped = sources.some((source) => source > sourceCap)
  const description = `This issuer claims no better source than ${sourceName(sourceCap)}.`
  const evidence = isCapped ? [...request.evidence, { type: 'SourceCap', description }] : request.evidence
  return { holder, schema, subject, device, binding, ...lowered, evidence }
}

/** Claims with sources up to a cap; one that the schema does not have from so low a source is left out. */
function capSources(schema: string, { claims, sources }: SourcedClaims, cap: number): SourcedClaims {
  const { claims: definitions } = claimSchema(schema)
  const capped = sources.map((source, slot) => {
    if (source <= cap) return source
    return definitions[slot]?.sources.includes(sourceName(cap)) ? cap : UNUSED_SOURCE
  })
  return { claims: claims.map((value, slot) => (capped[slot] === UNUSED_SOURCE ? 0n : value)), sources: capped }
}

function ownerOf(
  issuer: Issuer,
  { schema, holder, subject, binding }: IssueRequest,
  draft: CredentialDraft,
): StatusOwner {
  const model = schema === HARDWARE ? claimOf(draft, 'model') : 0n
  return { issuer: issuer.did, schema, holder, subject, binding, model }
}
