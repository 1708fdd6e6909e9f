import { createServiceClient, describeService, type ServiceClient, type VerifiedRegistry } from '../client/index.ts'
import type { ServiceDescription } from '../protocol/index.ts'
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

/** The client of the service at a URL. Environment: ASSAY_SERVICE. */
export function serviceClient(url: string | undefined): ServiceClient {
  const named = url ?? process.env.ASSAY_SERVICE
  if (named === undefined) throw new UsageError('Which service? Give its URL, or set ASSAY_SERVICE')
  return clientOf(named)
}

/**
 * The service at a URL, asked who it is.
 * @throws AssayError `registryInvalid` when it has another registry than the given one
 */
export async function reachService(url: string | undefined, registryId?: string): Promise<ServiceAccess> {
  const client = serviceClient(url)
  return {
    client,
    description: await (registryId === undefined ? client.describe() : describeService(client, registryId)),
  }
}

/** The registry of a service, whole, checked against the id that it names. */
export function fetchRegistry({ client, description }: ServiceAccess): Promise<VerifiedRegistry> {
  return client.registry({ registryId: description.registryId, resolveKeys })
}
