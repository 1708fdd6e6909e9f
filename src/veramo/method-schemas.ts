import * as z from 'zod'
import { zMachine } from '../holder/index.ts'
import { zContext, zDid, zNamedSources, zPresentation, zSchemaUri, zSeconds } from '../protocol/index.ts'
import { zProposal, zPseudonym, zSignedExplanation, zSignedScoreSummary } from '../reputation/index.ts'

/** What the plugin's methods take and return, all of it JSON. The schemas that Veramo sees are made from these. */

/** A holder asks the service's issuer for a credential about one of its machines, by the machine's number. */
export const zRequestCredentialArgs = z.strictObject({
  schema: zSchemaUri,
  machine: zMachine.shape.number,
  evidence: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('inspection'), report: z.unknown() }),
    z.strictObject({ type: z.literal('challenge'), challengeId: z.string().max(64), report: z.unknown() }),
    z.strictObject({ type: z.literal('heartbeats'), epoch: z.int().min(0) }),
  ]),
})

/** What is told of a credential that the wallet accepted. The credential itself, exact values and all, stays there. */
export const zCredentialSummary = z.strictObject({
  id: z.string(),
  schema: zSchemaUri,
  issuer: zDid,
  /** How each claim was obtained; its value is not told. */
  sources: zNamedSources,
  issuedAt: zSeconds,
  expiresAt: zSeconds,
})

/** Either a dapp's signed request, or what to propose to the service's ledger. */
export const zPresentArgs = z.union([
  z.strictObject({ request: z.string().min(1).max(131_072) }),
  z.strictObject({ proposal: zProposal, scoreCredential: z.boolean().optional() }),
])

export const zPresentResult = z.strictObject({
  /** The holder's pseudonym for whoever asked. */
  pseudonym: zPseudonym,
  /** To be handed to the dapp; the ledger has been given its own already. */
  presentation: zPresentation,
  /** What the ledger answered, its signature checked. */
  score: zSignedScoreSummary.optional(),
  /** The score as a credential, where it was asked for. The wallet has it. */
  scoreCredential: zCredentialSummary.optional(),
  /** Why there is none though it was asked for; the evidence counts nevertheless. */
  scoreCredentialRefusal: z.strictObject({ code: z.string(), message: z.string() }).optional(),
})

/** A presentation for one of the dapp's own requests, under the request's context if it has one. */
export const zVerifyArgs = z.strictObject({ presentation: z.unknown(), context: zContext.optional() })

/** The dapp's judgement. A refusal is returned; what is thrown is none, and the presentation may be sent again. */
export const zVerifyResult = z.discriminatedUnion('ok', [
  z.strictObject({
    ok: z.literal(true),
    /** Whether this very presentation was accepted before. */
    retry: z.boolean(),
    pseudonym: zPseudonym,
    /** One for each policy, in the request's order. */
    devicePseudonyms: z.array(zPseudonym),
    purpose: z.string(),
    /** The thumbprint of the session key that presented. */
    recipient: z.string(),
  }),
  z.strictObject({ ok: z.literal(false), code: z.string(), message: z.string() }),
])

/** Whose score (by default the holder's own at this service), and as of when (by default now). */
export const zScoreArgs = z.strictObject({ pseudonym: zPseudonym.optional(), at: zSeconds.optional() })

/** The score, explained and signed by the reputation service. */
export const zScoreResult = zSignedExplanation

export type RequestCredentialArgs = z.input<typeof zRequestCredentialArgs>
export type CredentialSummary = z.output<typeof zCredentialSummary>
export type PresentArgs = z.input<typeof zPresentArgs>
export type PresentResult = z.input<typeof zPresentResult>
export type VerifyArgs = z.input<typeof zVerifyArgs>
export type VerifyResult = z.output<typeof zVerifyResult>
export type ScoreArgs = z.input<typeof zScoreArgs>
export type ScoreResult = z.output<typeof zScoreResult>
