import { existsSync } from 'node:fs'
import { AssayError, isAssayError } from '../protocol/index.ts'
import {
  assertGenesis,
  beginWitness,
  createRegistry,
  type Genesis,
  type Registry,
  type RegistryStore,
  registryId,
  type Witness,
} from '../registry/index.ts'
import { fastNodeHash } from '../server/fast-node-hash.ts'
import { bootClock } from '../server/open-witness.ts'
import { createRegistryStore, openDatabase } from '../storage/index.ts'
import { clock, resolveKeys } from './effects.ts'

/** A witness's own copy of a registry, and what it signed: an embedded database that one process owns at a time. */
export interface WitnessState {
  registry: Registry
  /** Where the registry id comes from: the flag, this state, or the word of the service. */
  pin: 'flag' | 'state' | 'service'
  /** The first number that the witness may sign. */
  firstNumber: number
}

export interface StateOptions {
  witness: Witness
  /** The registry id that the operator names. */
  registryId?: string | undefined
  /** What the service serves; asked once only. */
  readGenesis: () => Promise<Genesis>
}

/**
 * Opens the state in a folder for one piece of work, and creates it if needed.
 * @throws AssayError `folderInUse`; `registryInvalid` (another registry than the pinned one), `unauthorized` (the genesis does
 *   not name this witness), `conflict` (the state is of another witness), and what `readGenesis` throws
 */
export async function withWitnessState<T>(
  folder: string,
  options: StateOptions,
  work: (state: WitnessState) => Promise<T>,
): Promise<T> {
  // a witness that may not sign leaves no state behind
  const served = existsSync(folder) ? undefined : checkGenesis(await options.readGenesis(), options)
  const database = await openDatabase({ dataFolder: folder }).catch((error: unknown) => {
    if (!isAssayError(error, 'folderInUse')) throw error
    throw new AssayError('folderInUse', `Another process witnesses by the state ${folder}: stop it first`, error.detail)
  })
  try {
    return await work(await openState(createRegistryStore(database.db), options, served))
  } finally {
    await database.close()
  }
}

async function openState(
  store: RegistryStore,
  options: StateOptions,
  served: Genesis | undefined,
): Promise<WitnessState> {
  const { witness, readGenesis } = options
  const stored = await store.genesis()
  const genesis = checkGenesis(stored ?? served ?? (await readGenesis()), options)
  if (stored === undefined) await store.insertGenesis(genesis)
  const effects = { store, clock, bootClock, resolveKeys, witnesses: [], hash: await fastNodeHash() }
  const registry = await createRegistry(effects, genesis)
  const pin = options.registryId !== undefined ? 'flag' : stored !== undefined ? 'state' : 'service'
  return { registry, pin, firstNumber: await beginWitness(registry, witness.did) }
}

/** The genesis, when it is that of the pinned registry and names the witness. */
function checkGenesis(genesis: Genesis, { registryId: pinned, witness }: StateOptions): Genesis {
  if (pinned !== undefined) assertGenesis(genesis, pinned)
  const { did, address } = witness
  if (genesis.witnesses.some((name) => name.did === did && name.address === address)) return genesis
  throw new AssayError(
    'unauthorized',
    `The registry ${registryId(genesis)} does not name this witness. Its genesis is made at the first start of its service, ` +
      `which must know ${did}=${address} by then`,
  )
}
