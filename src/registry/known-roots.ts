import * as z from 'zod'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { intervalNumber } from '../protocol/time.ts'
import { isLater } from './cut.ts'
import { assertGenesis, type Genesis, zRegistryId } from './genesis.ts'
import { isSameDocument } from './log-entry.ts'
import { parseDocument } from './parse-document.ts'
import { CLOCK_SKEW_SECONDS, type RootStatement, zRootStatement } from './root-statement.ts'
import { assertWitnessed } from './sign-root.ts'

/** How many root statements one answer may hold. */
export const MAX_ROOTS = 256

/** GET /v1/registry/roots: root statements in the order of their numbers. */
export const zRootStatements = z.strictObject({
  registryId: zRegistryId,
  statements: z.array(zRootStatement).max(MAX_ROOTS),
})
export type RootStatements = z.output<typeof zRootStatements>

/** A root by its number. */
export interface NumberedRoot {
  number: number
  sub: number
  root: bigint
}

/** The witness-signed roots that a verifier knows, and the lengths that the registry's genesis fixes. */
export interface KnownRoots {
  registry: string
  intervalSeconds: number
  stepSeconds: number
  roots: readonly NumberedRoot[]
}

/**
 * Checks a list of root statements: each signed by enough witnesses, one a number.
 * @throws AssayError `malformed`, `registryInvalid`, `notEnoughSignatures`, `rootConflict`
 */
export async function verifyRoots(
  json: unknown,
  { registryId, genesis, resolveKeys }: { registryId: string; genesis: Genesis; resolveKeys: ResolveKeys },
): Promise<KnownRoots> {
  assertGenesis(genesis, registryId)
  const parsed = parseDocument(zRootStatements, 'list of root statements', json)
  if (parsed.registryId !== registryId) throw new AssayError('registryInvalid', 'The roots are of another registry')
  for (const [i, statement] of parsed.statements.entries()) {
    const before = parsed.statements[i - 1]
    if (before !== undefined && !isLater(statement, before)) refuseOrder(before, statement)
    await assertWitnessed(statement, genesis, resolveKeys)
  }
  return knownRoots(genesis, registryId, parsed.statements)
}

/** How many intervals more than it accepts a verifier knows, so that it can call a root superseded rather than unknown. */
const SUPERSEDED_INTERVALS = 6

/** The number from which on a verifier needs the roots, by the slowest clock. `now` in seconds. */
export function firstKnownNumber(
  { intervalSeconds }: Pick<Genesis, 'intervalSeconds'>,
  now: number,
  skewSeconds: number,
): number {
  return Math.max(0, intervalNumber(now - skewSeconds, intervalSeconds) - 1 - SUPERSEDED_INTERVALS)
}

/** The known roots of statements that were checked. */
export function knownRoots(
  { intervalSeconds, stepSeconds }: Genesis,
  registry: string,
  statements: readonly RootStatement[],
): KnownRoots {
  const roots = statements.map(({ number, sub, root }) => ({ number, sub, root: BigInt(root) }))
  return { registry, intervalSeconds, stepSeconds, roots }
}

/**
 * Whether a proof against this root may be accepted at `now` (seconds): undefined, or why not. A verifier takes the number of
 * the present interval and the one before, by its own clock and not by what it happens to have; of these an urgent root ends
 * the earlier ones. A root of an interval to come is unknown still.
 */
export function checkRoot(
  { intervalSeconds, roots }: KnownRoots,
  root: bigint,
  now: number,
  skewSeconds: number = CLOCK_SKEW_SECONDS,
): 'rootUnknown' | 'rootSuperseded' | undefined {
  const newest = intervalNumber(now + skewSeconds, intervalSeconds)
  const oldest = intervalNumber(now - skewSeconds, intervalSeconds) - 1
  const begun = roots.filter(({ number }) => number <= newest)
  const named = begun.filter((candidate) => candidate.root === root)
  if (named.length === 0) return 'rootUnknown'
  const holds = named.some((candidate) => {
    const isEnded = begun.some((other) => other.sub > 0 && isLater(other, candidate))
    return candidate.number >= oldest && !isEnded
  })
  return holds ? undefined : 'rootSuperseded'
}

function refuseOrder(before: RootStatement, statement: RootStatement): never {
  const { number, sub } = statement
  if (number === before.number && sub === before.sub && !isSameDocument(before, statement)) {
    throw new AssayError('rootConflict', `There are two different roots ${number}.${sub}`, { number, sub })
  }
  throw new AssayError('registryInvalid', 'The root statements do not stand in the order of their numbers')
}
