import type { Figure } from './measure.ts'

/** The cases, in the order in which they run. */
export const CASES = ['signature', 'verify', 'prove', 'http'] as const
export type Case = (typeof CASES)[number]

/** One party's figure, and what exactly was measured. */
export interface Measured extends Figure {
  what: string
  /** The circuit's size, where a proof is made or checked. */
  constraints?: number
}

/** One line of the benchmark. */
export interface Row {
  case: Case
  name: string
  /** Milliseconds a call, or calls a second. */
  unit: 'ms' | '/s'
  assay: Measured
  peer?: Measured
  /** How many times faster than the peer: above 1 means that ours is the faster. */
  ratio?: number
  /** The ratio that is claimed, and whether this run shows it. */
  expected?: { ratio: number; met: boolean }
  note?: string
}

/** How long a case may take. */
export interface CaseOptions {
  quick: boolean
  say: (line: string) => void
}

/** A row of times against a peer's. */
export function compare(
  row: Pick<Row, 'case' | 'name' | 'note'> & { assay: Measured; peer: Measured; expected?: number },
): Row {
  const { expected, ...rest } = row
  const ratio = row.peer.median / row.assay.median
  const claim = expected === undefined ? {} : { expected: { ratio: expected, met: ratio >= expected } }
  return { ...rest, unit: 'ms', ratio, ...claim }
}
