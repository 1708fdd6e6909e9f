import { jcs, type ProofRequest, proofRequestJson } from '../protocol/index.ts'

/** Whether two proof requests ask the same in every member. */
export function sameRequest(a: ProofRequest, b: ProofRequest): boolean {
  return jcs(proofRequestJson(a)) === jcs(proofRequestJson(b))
}
