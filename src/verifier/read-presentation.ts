import * as z from 'zod'
import {
  nameSignals,
  type Presentation,
  type PresentationJson,
  presentationHash,
  type Signals,
  zPresentation,
  zRefusal,
} from '../protocol/index.ts'
import { startCurve } from './curve.ts'
import { type ProofPoints, proofPoints } from './pairing.ts'
import { refuse, type VerifierRefusal } from './refusal.ts'

/** One proof of a presentation, its points checked. */
export interface ReadProof {
  points: ProofPoints
  values: readonly bigint[]
  signals: Signals
}

export interface ReadPresentation {
  ok: true
  presentation: Presentation
  hash: string
  proofs: ReadProof[]
}

/**
 * Step 1, shape: what a presentation consists of, each proof exactly seven canonical signals below the field order and
 * three points on their curves, B in the subgroup. Refuses with `malformed`, or `proofMalformed` where a proof is at fault;
 * with `declined` where the holder sent a refusal in its place.
 */
export async function readPresentation(json: unknown): Promise<ReadPresentation | VerifierRefusal> {
  const parsed = zPresentation.safeParse(json)
  if (!parsed.success) {
    if (zRefusal.safeParse(json).success) return refuse('declined')
    const inProof = parsed.error.issues.every(({ path }) => path[0] === 'proofs' && path.length > 1)
    const message = `The presentation is malformed: ${z.prettifyError(parsed.error)}`
    return refuse(inProof ? 'proofMalformed' : 'malformed', {}, message)
  }
  await startCurve()
  const proofs: ReadProof[] = []
  for (const [i, { proof, signals }] of parsed.data.proofs.entries()) {
    const points = proofPoints(proof)
    if (points === undefined) {
      return refuse('proofMalformed', { proof: i }, 'A point of the proof is not on its curve or outside the subgroup')
    }
    proofs.push({ points, values: signals, signals: nameSignals(signals) })
  }
  // The schema is strict and changes no spelling, so what came in is what is hashed.
  return { ok: true, presentation: parsed.data, hash: presentationHash(json as PresentationJson), proofs }
}
