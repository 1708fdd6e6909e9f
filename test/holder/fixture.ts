import { createHash } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { type CredentialTerms, credentialTerms } from '../../src/holder/credential-terms.ts'
import { deriveKeys } from '../../src/holder/derive-keys.ts'
import { derivePublicKey, signMessage } from '../../src/protocol/babyjubjub.ts'
import { toBase64url } from '../../src/protocol/bytes.ts'
import { type SourcedValue, statedClaims } from '../../src/protocol/claims.ts'
import { CREDENTIAL_TYP, type Credential, credentialJson, messageOf } from '../../src/protocol/credential.ts'
import { audienceField, didKeyFromEd25519, ed25519FromDidKey } from '../../src/protocol/did.ts'
import type { ResolveKeys, Sign } from '../../src/protocol/effects.ts'
import { AssayError } from '../../src/protocol/errors.ts'
import { toField } from '../../src/protocol/field.ts'
import { registryLeaf } from '../../src/protocol/hashes.ts'
import { signJws } from '../../src/protocol/jws.ts'
import { layersRoot, merkleLayers, merklePath } from '../../src/protocol/merkle.ts'
import { type ProofRequest, type ProofRequestJson, zProofRequest } from '../../src/protocol/proof-request.ts'
import { emptyStatusList, isRevoked, revokeIndex, statusPath, statusRoot } from '../../src/protocol/status-list.ts'
import type { RegistryView } from '../../src/registry/registry-view.ts'

/** The test phrase of BIP-39's reference vectors: entropy of 16 zero bytes. */
export const PHRASE = `${'abandon '.repeat(11)}about`
/** The reference vectors' other one: 16 bytes of 0x7f. */
export const OTHER_PHRASE = 'legal winner thank year wave sausage worth useful legal winner thank yellow'
export const keys = deriveKeys(PHRASE)
export const otherKeys = deriveKeys(OTHER_PHRASE)

export const NOW = 1_800_000_000
/** The step of the test registry, in seconds. NOW is the beginning of one. */
export const STEP = 3600
export const REGISTRY = toBase64url(digest('a registry'))
export const CIRCUIT = 'c'.repeat(64)

/** 32 bytes that depend on a name alone: keys and nonces of tests. */
export function digest(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(name).digest())
}

/** Someone with a did:key: an issuer, a dapp. */
export interface Party {
  did: string
  sign: Sign
}

export function party(name: string): Party {
  const privateKey = digest(`did ${name}`)
  return {
    did: didKeyFromEd25519(ed25519.getPublicKey(privateKey)),
    sign: async (message) => ed25519.sign(message, privateKey),
  }
}

export const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]

export const unresolvable: ResolveKeys = async (did) => {
  throw new AssayError('didUnresolvable', `${did} does not resolve here`)
}

/** A value with its source. */
export const measured = (value: bigint): SourcedValue => ({ value, source: 'measured' })
export const selfReported = (value: bigint): SourcedValue => ({ value, source: 'selfReported' })
export const attested = (value: bigint): SourcedValue => ({ value, source: 'attested' })

export interface IssuedFields {
  schema: string
  /** By name; claims that are left out are unused. */
  claims: Record<string, SourcedValue>
  terms: CredentialTerms
  list?: number
  statusIndex?: number
  issuedAt?: number
  expiresAt?: number
  /** Who signs in place of the issuer. */
  signer?: Party
}

export function issuer(name: string) {
  const self = party(name)
  const circuitKey = digest(`circuit key ${name}`)
  const key = derivePublicKey(circuitKey)
  const sign = (fields: IssuedFields): Credential => {
    const { schema, terms, list = 0, statusIndex = 0, issuedAt = NOW - 100, expiresAt = NOW + 86_400 } = fields
    const { claims, sources } = statedClaims(schema, fields.claims)
    const seed = JSON.stringify([
      name,
      schema,
      claims.map(String),
      sources,
      issuedAt,
      statusIndex,
      String(terms.device),
    ])
    const hex = Buffer.from(digest(seed)).toString('hex')
    const id = `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
    const statusListUrl = `https://issuer.example/v1/status-lists/${list}`
    const unsigned = {
      ...terms,
      id,
      issuer: self.did,
      schema,
      issuedAt,
      expiresAt,
      statusListUrl,
      statusIndex,
      list,
      claims,
      sources,
      key,
    }
    return { ...unsigned, signature: signMessage(circuitKey, messageOf(unsigned)) }
  }
  const document = (credential: Credential) => {
    const evidence = [{ type: 'Test', description: 'Made up for a test.' }]
    return credentialJson(credential, evidence)
  }
  const issue = async (fields: IssuedFields): Promise<string> => {
    const header = { typ: CREDENTIAL_TYP, kid: self.did }
    return signJws({ header, payload: document(sign(fields)), sign: (fields.signer ?? self).sign })
  }
  return {
    ...self,
    circuitKey,
    key,
    sign,
    document,
    issue,
    terms: (device: bigint, of = keys) => credentialTerms(of, self.did, device),
  }
}
export type TestIssuer = ReturnType<typeof issuer>

export interface TestLeaf {
  issuer: TestIssuer
  schema: string
  list?: number
  sourceCap?: number
  revoked?: number[]
}

/** A registry view built straight from the protocol's trees. */
export function registryView(trusted: TestLeaf[]): RegistryView {
  const entries = trusted.map(({ issuer: { did, key }, schema, list = 0, sourceCap = 2, revoked = [] }) => {
    const bits = revoked.reduce(revokeIndex, emptyStatusList())
    const leaf = registryLeaf({
      issuer: audienceField(did),
      key: [key[0], key[1]],
      schema: toField(schema),
      list: BigInt(list),
      sourceCap: BigInt(sourceCap),
      statusRoot: statusRoot(bits),
    })
    return { did, key, schema, list, sourceCap, bits, leaf }
  })
  const layers = merkleLayers(
    entries.map(({ leaf }) => leaf),
    15,
  )
  const root = layersRoot(layers)
  const listOf = ({ issuer: did, list }: { issuer: string; list: number }) => {
    return entries.find((entry) => entry.did === did && entry.list === list)!.bits
  }
  return {
    registryId: REGISTRY,
    root,
    number: NOW / 300,
    sub: 0,
    issuedAt: NOW,
    intervalSeconds: 300,
    stepSeconds: STEP,
    trustPath: ({ issuer: did, key, schema, list }) => {
      const index = entries.findIndex((entry) => {
        return (
          entry.did === did &&
          entry.schema === schema &&
          entry.list === list &&
          entry.key[0] === key[0] &&
          entry.key[1] === key[1]
        )
      })
      if (index < 0) return undefined
      return { root, index, sourceCap: entries[index]!.sourceCap, siblings: merklePath(layers, index) }
    },
    statusPath: (list, index) => statusPath(listOf(list), index),
    isRevoked: (list, index) => isRevoked(listOf(list), index),
    trusts: (issuer, schema) => entries.some((entry) => entry.did === issuer && entry.schema === schema),
    trustedIssuers: (schema) => new Set(entries.filter((entry) => entry.schema === schema).map(({ did }) => did)).size,
  }
}

/** A proof request of a dapp, as its JSON is signed. */
export function requestJson(audience: string, changes: Partial<ProofRequestJson> = {}): ProofRequestJson {
  return {
    type: 'AssayProofRequest',
    version: 1,
    audience: { did: audience },
    nonce: toBase64url(digest('a nonce')),
    purpose: 'joining the network',
    policies: [],
    sameDevice: false,
    circuit: CIRCUIT,
    registry: REGISTRY,
    now: NOW + STEP,
    expiresAt: NOW + 300,
    ...changes,
  }
}

export function proofRequest(audience: string, changes: Partial<ProofRequestJson> = {}): ProofRequest {
  return zProofRequest.parse(requestJson(audience, changes))
}
