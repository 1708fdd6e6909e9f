import type { CircuitInputs, ErrorCode } from '../../src/protocol/index.ts'

export type Verdict = 'accepted' | 'refused'

/** What the parser of proof requests is given: a request's JSON, or what passes for one. */
export interface ParserPart {
  verdict: Verdict
  request: unknown
  /** The hash of each policy, where it is accepted. */
  policies?: string[]
}

/** What the circuit is given, and the public signals where it accepts. */
export interface CircuitPart {
  verdict: Verdict
  inputs: CircuitInputs
  signals?: string[]
}

/** What a verifier is given beside a proof that holds: its own request, its clock, who presents, and each proof's signals. */
export interface VerifierPart {
  verdict: Verdict
  request: unknown
  recipient: string
  clock: number
  stepSeconds: number
  skewSeconds: number
  signals: string[][]
}

/** One case. A judge without a part of its own has no say. It is accepted when every judge accepts. */
export interface Vector {
  name: string
  verdict: Verdict
  /** The code under which it is refused. */
  reason?: ErrorCode
  parser?: ParserPart
  circuit?: CircuitPart
  verifier?: VerifierPart
}
