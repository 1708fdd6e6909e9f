import * as z from 'zod'
import { type CircuitSigner, createCircuitSigner, type PublicKey } from '../protocol/babyjubjub.ts'
import { zCanonicalDid } from '../protocol/canonical-did.ts'
import { claimSchema, zSchemaUri } from '../protocol/claim-schemas.ts'
import type { Sign } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { statusListUrlAt } from '../protocol/published-urls.ts'
import { zSourceCap } from '../protocol/sources.ts'

const zSchemaSettings = z
  .strictObject({
    /** The highest source that this issuer claims: what the registry's leaf caps too. */
    sourceCap: zSourceCap,
    /** How often holders are expected to renew. */
    renewalSeconds: z.int().min(1),
    /** How long a credential lives. */
    lifetimeSeconds: z.int().min(1),
  })
  .refine(({ lifetimeSeconds, renewalSeconds }) => lifetimeSeconds <= 2 * renewalSeconds, {
    path: ['lifetimeSeconds'],
    message: 'must not exceed two renewal periods, or an old, better credential outlives a fall',
  })

const zIssuerSettings = z
  .strictObject({
    did: zCanonicalDid,
    /** The verification method that signs, `did#fragment`. */
    kid: z.string().max(1024),
    /** Where status lists, the context and JSON Schemas are published: `<baseUrl>/v1/status-lists/<list>` … No slash at the end. */
    baseUrl: z.url({ protocol: /^https?$/ }).regex(/[^/]$/, 'must not end in a slash'),
    schemas: z.record(zSchemaUri, zSchemaSettings),
    /** The registry's step: expiries are rounded up to one. Seconds. */
    stepSeconds: z.int().min(1),
    /** Whether it issues credentials of self-reported claims alone: anyone can ask for those without end. */
    allowSelfReported: z.boolean(),
  })
  .refine(({ did, kid }) => kid.startsWith(`${did}#`) && kid.length > did.length + 1, {
    path: ['kid'],
    message: "must be a verification method of the issuer's DID",
  })

export type IssuerSettings = z.input<typeof zIssuerSettings>
export type SchemaSettings = z.output<typeof zSchemaSettings>

/** One issuer: its DID key signs documents, its BabyJubJub key signs for the circuit. */
export interface Issuer extends IssuerSettings {
  sign: Sign
  /** The 32-byte BabyJubJub private key. */
  circuitKey: Uint8Array
  /** What the registry's leaf names. */
  publicKey: PublicKey
  /** Signs credential messages with the circuit key. */
  signForCircuit: CircuitSigner['sign']
}

/**
 * Checks an issuer's settings and derives its public key. `sign` is never called inside a database transaction, so it may
 * read the same database.
 * @throws AssayError `configInvalid`, e.g. when credentials would live longer than two renewal periods
 */
export function createIssuer(settings: IssuerSettings, keys: { sign: Sign; circuitKey: Uint8Array }): Issuer {
  const parsed = zIssuerSettings.safeParse(settings)
  if (!parsed.success) {
    throw new AssayError('configInvalid', `The issuer's settings are invalid: ${z.prettifyError(parsed.error)}`)
  }
  if (keys.circuitKey.length !== 32) {
    throw new AssayError('configInvalid', `The issuer's circuit key must have 32 bytes, got ${keys.circuitKey.length}`)
  }
  const { publicKey, sign: signForCircuit } = createCircuitSigner(keys.circuitKey)
  return { ...parsed.data, ...keys, publicKey, signForCircuit }
}

/** How this issuer handles a schema. @throws AssayError `unknownSchema` when it does not issue it */
export function schemaSettings(issuer: Issuer, schema: string): SchemaSettings {
  const settings = Object.hasOwn(issuer.schemas, schema) ? issuer.schemas[schema] : undefined
  if (settings !== undefined) return settings
  const { title } = claimSchema(schema)
  throw new AssayError('unknownSchema', `This issuer issues no credentials of ${schema} (${title})`, { schema })
}

/** Where a status list of this issuer is served. */
export function statusListUrl(issuer: Pick<Issuer, 'baseUrl'>, list: number): string {
  return statusListUrlAt(issuer.baseUrl, list)
}
