import { z } from 'zod'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { assertGenesis, type Genesis, zRegistryId } from './genesis.ts'
import { parseDocument } from './parse-document.ts'
import { assertStatement, isFresh, type RootStatement, zRootStatement } from './root-statement.ts'

/** GET /v1/registry/roots: the newest statements, oldest first, none left out between the first and the last. */
export const zRootStatements = z.strictObject({
  registryId: zRegistryId,
  statements: z.array(zRootStatement).min(1).max(20_000),
})
export type RootStatements = z.output<typeof zRootStatements>

/**
 * A time during which a root was the current one, in seconds. `supersededAt` is the issue time of the first later
 * statement with another root; `confirmedAt` that of the last statement with this root; `atOnce` tells that a later
 * statement ended it without grace.
 */
export interface RootWindow {
  root: bigint
  from: number
  confirmedAt: number
  supersededAt?: number
  atOnce: boolean
}

/**
 * Checks a list of root statements and makes the windows of their roots, oldest first.
 * @throws AssayError `malformed`, `registryInvalid` (wrong registry, a gap, times that run backwards),
 *   `notEnoughSignatures`
 */
export async function verifyStatements(
  json: unknown,
  options: { registryId: string; genesis: Genesis; resolveKeys: ResolveKeys },
): Promise<RootWindow[]> {
  assertGenesis(options.genesis, options.registryId)
  const { registryId, statements } = parseDocument(zRootStatements, 'list of root statements', json)
  if (registryId !== options.registryId) throw new AssayError('registryInvalid', 'The roots are of another registry')
  for (const [i, statement] of statements.entries()) {
    const before = statements[i - 1]
    // a statement that is left out might be the one that ended a root at once
    if (before !== undefined && statement.seq !== before.seq + 1) {
      throw new AssayError('registryInvalid', `Root statement ${before.seq + 1} is missing`)
    }
    if (before !== undefined && statement.issuedAt < before.issuedAt) {
      throw new AssayError('registryInvalid', `Root statement ${statement.seq} is older than the one before it`)
    }
    await assertStatement(statement, options.genesis, options.resolveKeys)
  }
  return rootWindows(statements)
}

/** The windows of verified statements without gaps, oldest first. */
export function rootWindows(statements: readonly RootStatement[]): RootWindow[] {
  const windows: RootWindow[] = []
  for (const { root: text, issuedAt, atOnce } of statements) {
    const root = BigInt(text)
    const current = windows.at(-1)
    if (current?.root === root) current.confirmedAt = issuedAt
    else {
      if (current !== undefined) current.supersededAt = issuedAt
      windows.push({ root, from: issuedAt, confirmedAt: issuedAt, atOnce: false })
    }
    if (atOnce) for (const earlier of windows.slice(0, -1)) earlier.atOnce = true
  }
  return windows
}

/** How long things hold, in seconds: a root after it was superseded, the newest statement, and how far clocks may differ. */
export interface RootLimits {
  graceSeconds: number
  maxAgeSeconds: number
  skewSeconds?: number
}

/**
 * Whether a proof against this root may be accepted at `now` (seconds): undefined, or why not. A root is current, or was
 * superseded less than the grace ago, and not at once; the newest statement of all is younger than maxAge. Where a root
 * was current more than once, the last time counts.
 */
export function checkRoot(
  windows: readonly RootWindow[],
  root: bigint,
  now: number,
  { graceSeconds, maxAgeSeconds, skewSeconds }: RootLimits,
): 'rootUnknown' | 'rootSuperseded' | 'registryStale' | undefined {
  const window = windows.findLast((candidate) => candidate.root === root)
  if (window === undefined) return 'rootUnknown'
  const { supersededAt, atOnce } = window
  if (supersededAt !== undefined && (atOnce || now - supersededAt >= graceSeconds)) return 'rootSuperseded'
  return isFresh(windows.at(-1)!.confirmedAt, now, maxAgeSeconds, skewSeconds) ? undefined : 'registryStale'
}
