import { getDidJwkResolver } from '@veramo/did-provider-jwk'
import { getDidKeyResolver } from '@veramo/did-provider-key'
import { type DIDResolver, Resolver } from 'did-resolver'
import { createDidWebResolver, type FetchDocument, isPublicHost } from './resolve-did-web.ts'

export type ResolverOptions = {
  /** How documents of did:web are fetched. Default: the platform's. */
  fetch?: FetchDocument
  /** Which hosts (with port) are asked for a did:web. Default: public names only. */
  allowHost?: (host: string) => boolean
}

/** A resolver of did:key, did:jwk and did:web. */
export function createResolver({ fetch = globalThis.fetch, allowHost = isPublicHost }: ResolverOptions = {}): Resolver {
  return new Resolver({ ...getDidKeyResolver(), jwk: resolveDidJwk, web: createDidWebResolver(fetch, allowHost) })
}

const { jwk: veramoJwk } = getDidJwkResolver()

/** A JWK without `use` serves every purpose (did:jwk, "Read"); Veramo's resolver gives it none. */
const resolveDidJwk: DIDResolver = async (did, parsed, resolver, options) => {
  const resolution = await (veramoJwk as DIDResolver)(did, parsed, resolver, options)
  const document = resolution.didDocument
  const method = document?.verificationMethod?.[0]
  if (document == null || method === undefined || method.publicKeyJwk?.use !== undefined) return resolution
  return { ...resolution, didDocument: { ...document, authentication: [method.id], assertionMethod: [method.id] } }
}
