import {
  assertTrustedIssuer,
  createServiceClient,
  type HeldDevices,
  type HolderKeys,
  type ServiceClient,
  type VerifiedRegistry,
} from '../holder/index.ts'
import { AssayError, keyId, type ServiceDescription } from '../protocol/index.ts'
import type { RegistryView } from '../registry/index.ts'
import { clock, randomBytes, resolveKeys } from './effects.ts'
import { UsageError } from './exit-codes.ts'

/** A service that was asked who it is. */
export interface ServiceAccess {
  client: ServiceClient
  description: ServiceDescription
}

/** A client of the service at a URL as typed. */
export function clientOf(url: string): ServiceClient {
  if (!URL.canParse(url)) throw new UsageError(`${url} is not a URL: name the service as in http://127.0.0.1:8787`)
  return createServiceClient(url.replace(/\/$/, ''), { fetch: globalThis.fetch, clock, randomBytes })
}

/** The service at a URL. Environment: ASSAY_SERVICE. */
export async function reachService(url: string | undefined): Promise<ServiceAccess> {
  const wanted = url ?? process.env.ASSAY_SERVICE
  if (wanted === undefined) throw new UsageError('Which service? Give its URL, or set ASSAY_SERVICE')
  const client = clientOf(wanted)
  return { client, description: await client.describe() }
}

/**
 * The registry of a service, whole, checked against the id that was pinned.
 * @throws AssayError `registryInvalid` when the service has another one
 */
export async function pinnedRegistry(
  { client, description }: ServiceAccess,
  registryId: string = description.registryId,
): Promise<VerifiedRegistry> {
  if (description.registryId === registryId) return client.registry({ registryId, resolveKeys })
  const message = `${client.url} has the registry ${description.registryId}, and ${registryId} is the one trusted here`
  throw new AssayError('registryInvalid', message)
}

/**
 * The devices that the service's issuer of a schema knows as the holder's. An issuer that the registry does not trust is not
 * asked: the question tells the holder's DID.
 * @throws AssayError `untrustedIssuer`
 */
export async function findHeldDevices(
  access: ServiceAccess,
  { keys, view }: { keys: HolderKeys; view: RegistryView },
  schema: string,
): Promise<HeldDevices['devices']> {
  const issuer = issuerOf(access, schema)
  assertTrustedIssuer(view, issuer, schema)
  const { did, publicKey, sign } = keys.didKeyFor(issuer)
  const { devices } = await access.client.findDevices([], { did, kid: keyId(did, publicKey), sign })
  return devices
}

/** The DID of the service's issuer for a schema. @throws AssayError `unknownSchema` */
export function issuerOf({ client, description }: ServiceAccess, schema: string): string {
  const issuer = description.issuers.find(({ schemas }) => schemas.includes(schema))
  if (issuer !== undefined) return issuer.did
  throw new AssayError('unknownSchema', `${client.url} has no issuer for ${schema}`, { schema })
}
