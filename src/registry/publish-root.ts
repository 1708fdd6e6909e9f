import { AssayError, isAssayError } from '../protocol/errors.ts'
import type { Registry } from './registry.ts'
import { type RegistryState, readState } from './registry-state.ts'
import type { PublishedRoot } from './registry-store.ts'
import { assertStatement, CLOCK_SKEW_SECONDS, type RootStatement } from './root-statement.ts'
import { withSignatures } from './sign-document.ts'

/** How often another process may be first before this one gives up. */
const ATTEMPTS = 8

/**
 * Has the witnesses sign the present root, changed or not, and stores the statement. Called each publish interval; after
 * a change it is called at once by what made the change. When another process publishes the same root meanwhile, its
 * statement is returned.
 * @throws AssayError `notEnoughSignatures` when this process can't sign for enough witnesses; `conflict` when the clock is
 *   behind the newest statement, or other processes keep being first
 */
export function publishRoot(registry: Registry): Promise<RootStatement> {
  return publish(registry, () => true)
}

/** Publishes unless the newest statement has the present root and log head. Returns the newest statement. */
export function publishChange(registry: Registry): Promise<RootStatement> {
  return publish(registry, () => false)
}

/**
 * Publishes when something changed or the newest statement is `intervalSeconds` old: several processes that call this on
 * one schedule publish about once an interval together. Returns the newest statement.
 */
export function publishIfDue(registry: Registry, intervalSeconds: number): Promise<RootStatement> {
  return publish(registry, ({ issuedAt }) => registry.clock() - issuedAt >= intervalSeconds)
}

async function publish(registry: Registry, isDue: (last: RootStatement) => boolean): Promise<RootStatement> {
  for (let attempt = 1; ; attempt++) {
    // The newest statement is read before the state, so that what it stands for is never newer than what is read then.
    const last = await registry.store.latestRoot()
    const state = await readState(registry)
    const isTold = last !== undefined && isSameRoot(last.statement, state)
    if (isTold && (attempt > 1 || !isDue(last.statement))) return last.statement
    const statement = await signRoot(registry, state, last)
    const lists = [...state.lists.values()].map(({ name }) => name)
    try {
      await registry.store.insertRoot({ statement, logSeq: state.trust.seq, ...(isTold ? {} : { lists }) })
      return statement
    } catch (error) {
      if (!isAssayError(error, 'conflict') || attempt === ATTEMPTS) throw error
    }
  }
}

function isSameRoot(statement: RootStatement, { root, trust }: RegistryState): boolean {
  return BigInt(statement.root) === root && statement.logHead === trust.head
}

async function signRoot(
  registry: Registry,
  state: RegistryState,
  last: PublishedRoot | undefined,
): Promise<RootStatement> {
  const { genesis, registryId, witnesses, clock, resolveKeys } = registry
  const [now, lastIssuedAt] = [clock(), last?.statement.issuedAt ?? 0]
  if (lastIssuedAt > now + CLOCK_SKEW_SECONDS) {
    throw new AssayError('conflict', `The clock (${now}) is behind the newest root statement (${lastIssuedAt})`)
  }
  const body = {
    type: 'AssayRegistryRoot' as const,
    registryId,
    chain: genesis.chain,
    seq: (last?.statement.seq ?? 0) + 1,
    logHead: state.trust.head,
    root: String(state.root),
    atOnce: state.emergencySeq > (last?.logSeq ?? 0),
    issuedAt: Math.max(now, lastIssuedAt),
  }
  const statement: RootStatement = await withSignatures(body, witnesses)
  await assertStatement(statement, genesis, resolveKeys)
  return statement
}
