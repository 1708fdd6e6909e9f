import { type UsedTokenStore, verifyRequest, verifySessionRequest } from '../identity/index.ts'
import type { Clock, ResolveKeys } from '../protocol/index.ts'
import type { RouteAuth } from './define-route.ts'

/** A request as far as signatures cover it. `url` is the public one, under which clients know the service. */
export interface IncomingCall {
  method: string
  url: string
  authorization: string | undefined
  body: Uint8Array
}

/** Who signed: a DID, or the thumbprint of a session key; the other is empty. */
export interface RequestSigner {
  did: string
  session: string
}

/** Finds out who signed a request, and uses its token up. @throws AssayError when nobody did as the route asks */
export type Authenticate = (auth: RouteAuth, request: IncomingCall) => Promise<RequestSigner>

export interface AuthenticateEffects {
  /** The keys by which a DID authenticates. */
  resolveKeys: ResolveKeys
  usedTokens: UsedTokenStore
  clock: Clock
  skewSeconds: number
}

export function createAuthenticate({ resolveKeys, usedTokens, clock, skewSeconds }: AuthenticateEffects): Authenticate {
  return async (auth, request) => {
    if (auth === 'none') return { did: '', session: '' }
    const options = { now: clock(), usedTokens, skew: skewSeconds }
    if (auth === 'session') {
      const { thumbprint } = await verifySessionRequest(request, options)
      return { did: '', session: thumbprint }
    }
    const { did } = await verifyRequest(request, { ...options, resolveKeys })
    return { did, session: '' }
  }
}
