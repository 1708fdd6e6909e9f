import { acceptedVectors } from './accepted.ts'
import { leftToTheParser } from './left-to-the-parser.ts'
import { refusedRequests } from './refused-requests.ts'
import { signalVectors } from './refused-signals.ts'
import { refusedStatements } from './refused-statements.ts'
import type { Vector } from './vector.ts'

export const vectorsFile = new URL('../../test/vectors/statements.json', import.meta.url)

/** All cases, in the order of the file. */
export function makeVectors(): Vector[] {
  return [...acceptedVectors(), ...refusedRequests(), ...leftToTheParser(), ...refusedStatements(), ...signalVectors()]
}

/** What the committed file holds. */
export function vectorsText(): string {
  return `${JSON.stringify(makeVectors(), null, 1)}\n`
}
