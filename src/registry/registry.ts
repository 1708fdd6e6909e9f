import type { Clock, ResolveKeys } from '../protocol/effects.ts'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import type { NodeHash } from '../protocol/merkle.ts'
import { type Genesis, registryId, type WitnessName, zGenesis } from './genesis.ts'
import { parseDocument } from './parse-document.ts'
import type { RegistryState } from './registry-state.ts'
import type { RegistryStore } from './registry-store.ts'
import type { Witness } from './sign-root.ts'
import type { RegistrySnapshot } from './snapshot.ts'
import type { BootClock } from './witness-clock.ts'

/** What a running registry needs of the world. `hash` may be a faster node hash. */
export interface RegistryEffects {
  store: RegistryStore
  clock: Clock
  /** Seconds since this machine booted, sleep included: it tells when the clock was moved. */
  bootClock: () => BootClock
  resolveKeys: ResolveKeys
  /** Those witnesses of the genesis that this process signs for; as many as their threshold, to publish roots alone. */
  witnesses: readonly Witness[]
  hash?: NodeHash | undefined
}

/** A running registry. `cache` saves work only: all that counts is in the store, which other processes may share. */
export interface Registry extends RegistryEffects {
  registryId: string
  genesis: Genesis
  cache: { state?: RegistryState; snapshot?: RegistrySnapshot }
}

/** Who governs and who witnesses, and how time is counted; thresholds are majorities unless given. */
export interface Founders {
  governors: readonly string[]
  governorThreshold?: number
  witnesses: readonly WitnessName[]
  witnessThreshold?: number
  /** Default 300. */
  intervalSeconds?: number
  /** Default 3600. */
  stepSeconds?: number
}

const INTERVAL_SECONDS = 300
const STEP_SECONDS = 3600

/**
 * Opens the store's registry; at the first start makes it, with these founders. When two processes start at once, both get
 * the genesis that was stored first.
 * @throws AssayError `malformed` when the founders can't make a genesis, `configInvalid` when the stored registry has others
 */
export async function createRegistry(effects: RegistryEffects, founders: Founders): Promise<Registry> {
  const genesis = (await effects.store.genesis()) ?? (await insertGenesis(effects, founders))
  const changed = changedFounders(genesis, founders)
  if (changed.length > 0) {
    throw new AssayError(
      'configInvalid',
      `The stored registry was founded with other values of: ${changed.join(', ')}. Its genesis never changes: ` +
        'take the change back, or found another registry in a new database',
      { registryId: registryId(genesis), changed: changed.join(' ') },
    )
  }
  return { ...effects, genesis, registryId: registryId(genesis), cache: {} }
}

async function insertGenesis({ store, clock }: RegistryEffects, founders: Founders): Promise<Genesis> {
  const { governors, witnesses } = founders
  const genesis = parseDocument(zGenesis, 'registry genesis', {
    type: 'AssayRegistryGenesis',
    version: 1,
    governors: [...governors],
    governorThreshold: founders.governorThreshold ?? majority(governors.length),
    witnesses: witnesses.map(({ did, address }) => ({ did, address })),
    witnessThreshold: founders.witnessThreshold ?? majority(witnesses.length),
    chain: 'none',
    intervalSeconds: founders.intervalSeconds ?? INTERVAL_SECONDS,
    stepSeconds: founders.stepSeconds ?? STEP_SECONDS,
    createdAt: clock(),
  })
  try {
    await store.insertGenesis(genesis)
    return genesis
  } catch (error) {
    const first = isAssayError(error, 'conflict') ? await store.genesis() : undefined
    if (first === undefined) throw error
    return first
  }
}

/** What the founders say otherwise than the genesis. What they leave open is as the genesis has it. */
function changedFounders(genesis: Genesis, founders: Founders): string[] {
  const names = (witnesses: readonly WitnessName[]) => witnesses.map(({ did, address }) => `${did} ${address}`)
  const figures = ['governorThreshold', 'witnessThreshold', 'intervalSeconds', 'stepSeconds'] as const
  return [
    ...(isSameSet(genesis.governors, founders.governors) ? [] : ['governors']),
    ...(isSameSet(names(genesis.witnesses), names(founders.witnesses)) ? [] : ['witnesses']),
    ...figures.filter((figure) => (founders[figure] ?? genesis[figure]) !== genesis[figure]),
  ]
}

function majority(count: number): number {
  return Math.floor(count / 2) + 1
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((did) => b.includes(did))
}
