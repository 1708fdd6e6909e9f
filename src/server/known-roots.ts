import { type Clock, intervalNumber } from '../protocol/index.ts'
import { knownRoots, type Registry, type RootStatement, readRoots, verifyRoots } from '../registry/index.ts'
import type { KnownRoots } from '../verifier/index.ts'

/**
 * The roots of the service's own registry that its verifier may need. Rows are believed by their witnesses' signatures only,
 * which are checked once a statement.
 */
export function createKnownRoots(
  registry: Registry,
  { clock, skewSeconds }: { clock: Clock; skewSeconds: number },
): () => Promise<KnownRoots> {
  let checked = new Map<string, string>()
  const { registryId, genesis, resolveKeys } = registry
  return async () => {
    const oldest = intervalNumber(clock() - skewSeconds, genesis.intervalSeconds) - 1
    const { statements } = await readRoots(registry, oldest)
    const names = new Map(statements.map((statement) => [placeOf(statement), nameOf(statement)]))
    const fresh = statements.filter((statement) => checked.get(placeOf(statement)) !== nameOf(statement))
    for (const statement of fresh) {
      await verifyRoots({ registryId, statements: [statement] }, { registryId, genesis, resolveKeys })
    }
    checked = names
    return knownRoots(genesis, registryId, statements)
  }
}

const placeOf = ({ number, sub }: RootStatement): string => `${number}.${sub}`

function nameOf({ root, issuedAt, signatures }: RootStatement): string {
  return `${root} ${issuedAt} ${signatures.map(({ value, evm }) => value + evm).join()}`
}
