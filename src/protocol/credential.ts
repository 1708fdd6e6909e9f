import * as z from 'zod'
import { type PublicKey, type Signature, verifySignature, zPoint } from './babyjubjub.ts'
import { zSchemaUri } from './claim-schemas.ts'
import { nameClaims, nameSources, roundClaims, slotClaims, zNamedClaims, zNamedSources } from './claims.ts'
import { zDid } from './did.ts'
import { AssayError } from './errors.ts'
import { toField, zField } from './field.ts'
import { credentialMessage } from './hashes.ts'
import { contradictionOf, jwtClaims, jwtClaimsOf, type VcTerms } from './jwt-claims.ts'
import { baseUrlOf, contextUrlAt, schemaUrlAt } from './published-urls.ts'
import { packSources } from './sources.ts'
import { STATUS_LIST_BITS } from './status-list.ts'
import { fromTimestamp, toTimestamp, zTimestamp } from './timestamp.ts'

/** The media type of a credential in its JOSE envelope (W3C VC-JOSE-COSE), and the `typ` of its JWT. */
export const CREDENTIAL_TYP = 'vc+jwt'

/** The context of VC 2.0, the first of every VC. */
export const VC_CONTEXT = 'https://www.w3.org/ns/credentials/v2'

/** A status list's number: part of the signed message and of the registry leaf. */
export const zListNumber = z.int().min(0).max(4_294_967_295)

const zWebUrl = z.url({ protocol: /^https?$/ })

const zStatusEntry = z.strictObject({
  id: z.url(),
  type: z.literal('BitstringStatusListEntry'),
  statusPurpose: z.literal('revocation'),
  statusListIndex: z.string().regex(/^(0|[1-9][0-9]{0,5})$/),
  statusListCredential: zWebUrl,
})

const zSubject = z.strictObject({
  id: zDid,
  schema: zSchemaUri,
  subject: zField,
  device: zField,
  binding: zField,
  claims: zNamedClaims,
  sources: zNamedSources,
})

const zCircuitSignature = z.strictObject({
  type: z.literal('EdDSA-Poseidon'),
  key: zPoint,
  list: zListNumber,
  r8: zPoint,
  s: zField,
})

/** How the claims were obtained, in words a person can judge. */
const zEvidenceNote = z.strictObject({ type: z.string().max(64), description: z.string().max(500) })

/** VC 2.0, 4.7: a DID alone, or an object that may tell people more about it. */
export const zVcIssuer = z.union([zDid, z.looseObject({ id: zDid })])

/** The DID of a VC's issuer. */
export function vcIssuerDid(issuer: z.output<typeof zVcIssuer>): string {
  return typeof issuer === 'string' ? issuer : issuer.id
}

/**
 * A W3C VC 2.0 that also carries the circuit's signature, and the JWT claims that say the same: the payload of the `vc+jwt`.
 * Members that are not listed are refused: what is signed and not understood could change what the rest means.
 */
export const zCredential = z.strictObject({
  ...jwtClaims,
  '@context': z.tuple([z.literal(VC_CONTEXT), zWebUrl]),
  id: z.string().regex(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  type: z.tuple([z.literal('VerifiableCredential'), z.literal('AssayCredential')]),
  issuer: zVcIssuer,
  validFrom: zTimestamp,
  validUntil: zTimestamp,
  credentialSchema: z.strictObject({ id: zWebUrl, type: z.literal('JsonSchema') }),
  credentialStatus: zStatusEntry,
  credentialSubject: zSubject,
  evidence: z.array(zEvidenceNote).min(1).max(8),
  circuitSignature: zCircuitSignature,
})
export type CredentialJson = z.input<typeof zCredential>

/** A credential in the protocol's terms. `holder` is the DID that asked for it, `expiresAt` and `issuedAt` are seconds. */
export interface Credential {
  id: string
  issuer: string
  holder: string
  schema: string
  subject: bigint
  device: bigint
  binding: bigint
  issuedAt: number
  expiresAt: number
  statusListUrl: string
  statusIndex: number
  list: number
  claims: bigint[]
  /** The level of each claim's source: 0 unused, 1 self-reported, 2 measured, 3 attested. */
  sources: number[]
  key: PublicKey
  signature: Signature
}

/** The message that the issuer's BabyJubJub key signs for a credential. */
export function messageOf(credential: Omit<Credential, 'signature'>): bigint {
  return credentialMessage({
    schema: toField(credential.schema),
    subject: credential.subject,
    device: credential.device,
    binding: credential.binding,
    expiresAt: BigInt(credential.expiresAt),
    statusIndex: BigInt(credential.statusIndex),
    list: BigInt(credential.list),
    sources: packSources(credential.sources),
    claims: credential.claims,
  })
}

/** The payload of a credential's `vc+jwt`: the VC 2.0 document, and the JWT claims beside it. @throws RangeError when `statusListUrl` is not that of the list */
export function credentialJson(credential: Credential, evidence: CredentialJson['evidence']): CredentialJson {
  const { signature, key, schema } = credential
  const baseUrl = baseUrlOf(credential.statusListUrl, credential.list)
  if (baseUrl === undefined)
    throw new RangeError(`${credential.statusListUrl} is not the URL of list ${credential.list}`)
  return {
    ...jwtClaimsOf(vcTerms(credential)),
    '@context': [VC_CONTEXT, contextUrlAt(baseUrl)],
    id: credential.id,
    type: ['VerifiableCredential', 'AssayCredential'],
    issuer: credential.issuer,
    validFrom: toTimestamp(credential.issuedAt),
    validUntil: toTimestamp(credential.expiresAt),
    credentialSchema: { id: schemaUrlAt(baseUrl, schema), type: 'JsonSchema' },
    credentialStatus: {
      id: `${credential.statusListUrl}#${credential.statusIndex}`,
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: String(credential.statusIndex),
      statusListCredential: credential.statusListUrl,
    },
    credentialSubject: {
      id: credential.holder,
      schema,
      subject: String(credential.subject),
      device: String(credential.device),
      binding: String(credential.binding),
      claims: nameClaims(schema, credential.claims),
      sources: nameSources(schema, credential.sources),
    },
    evidence,
    circuitSignature: {
      type: 'EdDSA-Poseidon',
      key: [String(key[0]), String(key[1])],
      list: credential.list,
      r8: [String(signature.r8[0]), String(signature.r8[1])],
      s: String(signature.s),
    },
  }
}

/**
 * Parses a VC document and checks that it agrees with itself: the circuit's signature covers what the document says,
 * the claims lie on the schema's grid and have sources that it allows, the status entry names one list. It does not check who issued it: the caller
 * verifies the JWT, and the registry says whether the key is trusted.
 * @throws AssayError `malformed` (shape) or `credentialInvalid` (contradiction)
 */
export function parseCredential(document: unknown): Credential {
  const parsed = zCredential.safeParse(document)
  if (!parsed.success)
    throw new AssayError('malformed', `The credential is malformed: ${z.prettifyError(parsed.error)}`)
  const vc = parsed.data
  const { key, list, r8, s } = vc.circuitSignature
  const { id: holder, schema, subject, device, binding, claims, sources } = vc.credentialSubject
  const credential: Credential = {
    id: vc.id,
    issuer: vcIssuerDid(vc.issuer),
    holder,
    schema,
    subject,
    device,
    binding,
    issuedAt: fromTimestamp(vc.validFrom),
    expiresAt: fromTimestamp(vc.validUntil),
    statusListUrl: vc.credentialStatus.statusListCredential,
    statusIndex: Number(vc.credentialStatus.statusListIndex),
    list,
    ...slotClaims(schema, claims, sources),
    key,
    signature: { r8, s },
  }
  assertConsistent(credential, vc)
  return credential
}

/** What a credential and the JWT claims beside it both say. */
function vcTerms({ id, issuer, holder, issuedAt, expiresAt }: Omit<Credential, 'signature'>): VcTerms {
  return { id, issuer, subject: holder, validFrom: issuedAt, validUntil: expiresAt }
}

function assertConsistent(credential: Credential, vc: z.output<typeof zCredential>): void {
  const refuse = (reason: string): never => {
    throw new AssayError('credentialInvalid', `The credential contradicts itself: ${reason}`)
  }
  const { statusListUrl, statusIndex, list, claims, schema } = credential
  if (statusIndex >= STATUS_LIST_BITS) refuse('its status index is beyond the list')
  const baseUrl = baseUrlOf(statusListUrl, list) ?? refuse('its status list URL names another list')
  if (vc['@context'][1] !== contextUrlAt(baseUrl)) refuse('its context is not the one beside its status list')
  if (vc.credentialSchema.id !== schemaUrlAt(baseUrl, schema)) refuse('its JSON Schema is of other claims')
  if (vc.credentialStatus.id !== `${statusListUrl}#${statusIndex}`) refuse('its status entry names another index')
  if (credential.expiresAt <= credential.issuedAt) refuse('it expires before it begins')
  const contradiction = contradictionOf(vc, vcTerms(credential))
  if (contradiction !== undefined) refuse(contradiction)
  if (roundClaims(schema, claims).some((value, i) => value !== claims[i])) refuse('a claim lies off its grid')
  if (!verifySignature(credential.key, messageOf(credential), credential.signature)) {
    refuse("the circuit's signature does not cover what it says")
  }
}
