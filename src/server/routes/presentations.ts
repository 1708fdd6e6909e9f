import * as z from 'zod'
import {
  AssayError,
  isAssayError,
  openProofRequest,
  PUBLIC_SIGNALS,
  type ResolveKeys,
  type Signals,
} from '../../protocol/index.ts'
import type { Db } from '../../storage/database.ts'
import {
  type VerificationAnswer,
  type VerificationResult,
  type Verifier,
  verifyPresentation,
  zVerificationAnswer,
} from '../../verifier/index.ts'
import { defineRoute, type Route } from '../define-route.ts'
import type { Metrics } from '../metrics.ts'

/** A dapp's signed request, and what a holder answered. */
const zBody = z.strictObject({ request: z.string().min(1).max(32_768), presentation: z.unknown() })

export interface PresentationDeps {
  verifier: Verifier<Db>
  /** The reputation service's DID: what is meant for it goes to the ledger, not here. */
  ledger: { did: string }
  metrics: Metrics
}

/** Presentations, verified for dapps that have no verifier of their own. */
export function presentationRoutes({ verifier, ledger, metrics }: PresentationDeps): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/v1/presentations/verify',
      tag: 'Presentations',
      summary:
        'Verify a presentation for a dapp, by the request that the dapp signed itself. Its nonce is used up here',
      auth: 'none',
      body: zBody,
      status: 200,
      response: zVerificationAnswer,
      errors: ['didUnresolvable', 'unavailable'],
      handle: async ({ body }) => {
        const result = await verifyFor(verifier, ledger.did, body)
        const accepted = result.ok && result.retry ? 'retry' : 'accepted'
        metrics.presentations.inc({ outcome: result.ok ? accepted : result.code })
        return answerOf(result)
      },
    }),
  ]
}

async function verifyFor(
  verifier: Verifier<Db>,
  own: string,
  { request, presentation }: z.output<typeof zBody>,
): Promise<VerificationResult> {
  const resolveKeys = resolveOnce(verifier.resolveKeys!)
  try {
    const { audience } = await openProofRequest(request, resolveKeys)
    if (audience.did === own) throw ownAudience()
  } catch (error) {
    // that a DID can't be resolved now says nothing about the request
    if (!isAssayError(error) || error.code === 'didUnresolvable') throw error
    return { ok: false, code: error.code, message: error.message, detail: error.detail }
  }
  return verifyPresentation({ signedRequest: request, presentation }, { ...verifier, resolveKeys })
}

/** Used up here, the nonce and the replay key would be lost to the ledger. */
function ownAudience(): AssayError {
  return new AssayError(
    'wrongAudience',
    'The request is for the reputation service itself: its answer goes to /v1/reputation/evidence',
  )
}

function resolveOnce(resolveKeys: ResolveKeys): ResolveKeys {
  const known = new Map<string, ReturnType<ResolveKeys>>()
  return (did) => {
    const keys = known.get(did) ?? resolveKeys(did)
    known.set(did, keys)
    return keys
  }
}

function answerOf(result: VerificationResult): VerificationAnswer {
  if (!result.ok) return { ok: false, code: result.code, message: result.message }
  const { pseudonym, devicePseudonyms, signals } = result
  return {
    ok: true,
    pseudonym: String(pseudonym),
    devicePseudonyms: devicePseudonyms.map(String),
    signals: signals.map((named) => {
      const entries = PUBLIC_SIGNALS.map((name) => [name, String(named[name])] as const)
      return Object.fromEntries(entries) as Record<keyof Signals, string>
    }),
  }
}
