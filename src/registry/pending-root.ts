import { AssayError } from '../protocol/errors.ts'
import type { Registry } from './registry.ts'
import type { RootName } from './registry-store.ts'
import type { RootStatement } from './root-statement.ts'

/** As many witnesses as one sentence names; `missing` has all of them. */
const NAMED = 5

/** A root's number, with that of an urgent root. */
const nameOf = ({ number, sub }: RootName) => (sub === 0 ? String(number) : `${number}.${sub}`)

/**
 * Says of the newest root up to an interval number whose signatures it lacks: an AssayError `rootPending` with number, sub,
 * signatures, threshold and the missing witnesses' DIDs, separated by spaces. Undefined when it waits for nobody, or there
 * is none.
 */
export async function pendingRoot(
  { store, genesis }: Pick<Registry, 'store' | 'genesis'>,
  upTo: number,
): Promise<AssayError | undefined> {
  const cut = await store.cutBefore({ number: upTo + 1, sub: 0 })
  const statement: RootStatement | undefined = cut && (await store.root(cut))
  const threshold = genesis.witnessThreshold
  if (statement === undefined || statement.signatures.length >= threshold) return undefined
  const signers = statement.signatures.map(({ signer }) => signer)
  const missing = genesis.witnesses.map(({ did }) => did).filter((did) => !signers.includes(did))
  const more = missing.length > NAMED ? `, and ${missing.length - NAMED} more` : ''
  const { number, sub } = statement
  return new AssayError(
    'rootPending',
    `Root ${nameOf(statement)} has ${signers.length} of the ${threshold} signatures that it needs. ` +
      `Witnesses that have not signed it: ${missing.slice(0, NAMED).join(', ')}${more}`,
    { number, sub, signatures: signers.length, threshold, missing: missing.join(' ') },
  )
}
