import type { Clock } from '../protocol/index.ts'
import { type Registry, type RootStatement, readRoots, rootWindows, verifyStatements } from '../registry/index.ts'
import type { KnownRoots } from '../verifier/index.ts'

/**
 * The windows of the service's own registry's roots, for its verifier. Rows are believed by their witnesses' signatures
 * only, which are checked once a statement.
 */
export function createKnownRoots(
  registry: Registry,
  { clock, spanSeconds }: { clock: Clock; spanSeconds: number },
): () => Promise<KnownRoots> {
  let checked = new Map<number, string>()
  return async () => {
    const { statements } = await readRoots(registry, clock() - spanSeconds)
    const names = new Map(statements.map((statement) => [statement.seq, nameOf(statement)]))
    const fresh = statements.filter(({ seq }) => checked.get(seq) !== names.get(seq))
    const { registryId, genesis, resolveKeys } = registry
    for (const statement of fresh) {
      await verifyStatements({ registryId, statements: [statement] }, { registryId, genesis, resolveKeys })
    }
    checked = names
    return { registry: registryId, windows: rootWindows(statements) }
  }
}

function nameOf({ root, issuedAt, atOnce, signatures }: RootStatement): string {
  return `${root} ${issuedAt} ${atOnce} ${signatures.map(({ value }) => value).join()}`
}
