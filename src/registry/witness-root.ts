import type { Cut } from './cut.ts'
import { cutHash } from './cut.ts'
import type { Registry } from './registry.ts'
import { stateAtCut } from './registry-state.ts'
import type { RootStatement } from './root-statement.ts'
import { signRoot, type Witness, type WitnessSignature } from './sign-root.ts'
import { assertClock } from './witness-clock.ts'

/** A root statement before anyone signed it. */
export type UnsignedRoot = Omit<RootStatement, 'signatures'>

/**
 * The statement of a cut's root: recomputed from the log and the lists, whoever made the cut.
 * @throws AssayError `cutInvalid`, and as `applyEntry` does
 */
export async function draftRoot(registry: Registry, cut: Cut): Promise<UnsignedRoot> {
  const { root } = await stateAtCut(registry, cut)
  return {
    type: 'AssayRegistryRoot',
    registryId: registry.registryId,
    chain: registry.genesis.chain,
    number: cut.number,
    sub: cut.sub,
    cut: cutHash(cut),
    cause: cut.cause,
    logHead: cut.logHead,
    root: String(root),
    issuedAt: cut.issuedAt,
  }
}

/**
 * Signs a root by one witness whose keys are at hand, unless its clock was moved. What it signed last is kept before the
 * signature leaves. `confirming` are valid signatures of other witnesses under this root, besides those in the store.
 * @throws AssayError `clockJumped`
 */
export async function witnessRoot(
  { store, genesis, bootClock }: Registry,
  statement: UnsignedRoot,
  witness: Witness,
  confirming: readonly WitnessSignature[] = [],
): Promise<WitnessSignature> {
  const { number } = statement
  const { intervalSeconds, witnessThreshold: threshold } = genesis
  const last = await store.witnessMark(witness.did)
  const stored = await store.root(statement)
  const others = new Set([...(stored?.signatures ?? []), ...confirming].map(({ signer }) => signer))
  others.delete(witness.did)
  const now = bootClock()
  assertClock(last, { number, now }, { intervalSeconds, confirming: others.size, threshold })
  if (last === undefined || number >= last.number || last.boot !== now.boot) {
    await store.putWitnessMark(witness.did, { ...now, number })
  }
  return signRoot(statement, witness)
}
