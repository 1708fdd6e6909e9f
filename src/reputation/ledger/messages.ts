import * as z from 'zod'
import { zPseudonym } from '../model/ledger.ts'
import { zSignedScoreSummary } from './score-summary.ts'

/* What the ledger's routes answer, but for signed statements, which have files of their own. */

/** The answer of `POST /v1/proof-requests`: the service's signed request for what was proposed. */
export const zProposalAnswer = z.strictObject({ request: z.string().max(131_072) })

/** The answer of `POST /v1/reputation/evidence`. */
export const zEvidenceAnswer = z.strictObject({
  pseudonym: zPseudonym,
  score: zSignedScoreSummary,
  /** The score as a `vc+jwt`, where it was asked for. */
  credential: z.string().max(131_072).optional(),
  /** Why there is none though it was asked for; the evidence counts nevertheless. */
  credentialRefusal: z.strictObject({ code: z.string(), message: z.string() }).optional(),
})
export type EvidenceAnswer = z.output<typeof zEvidenceAnswer>
