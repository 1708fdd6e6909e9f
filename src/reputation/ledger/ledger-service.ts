import type { RandomBytes, Sign } from '../../protocol/effects.ts'
import { AssayError } from '../../protocol/errors.ts'
import type { Verifier } from '../../verifier/verifier.ts'
import { CONSTANTS } from '../model/constants.ts'
import { type Settings, zSettings } from '../model/epochs.ts'
import type { LedgerStore } from './ledger-store.ts'
import type { IssueScore } from './score-credential.ts'

/** What the reputation service works with. Its clock is the verifier's. */
export interface LedgerService<Tx> {
  /** The audience of everything it takes, and the signer of everything it says. */
  did: string
  /** The DID URL of the signing key. */
  kid?: string
  /**
   * Never called inside a database transaction, so it may read the same database. Signing must be deterministic (Ed25519
   * is): what a retry is answered is signed anew.
   */
  sign: Sign
  store: LedgerStore<Tx>
  verifier: Verifier<Tx>
  settings: Settings
  /** The id of the registry whose issuers count. */
  registry: string
  /** How long a holder may take to answer a proof request. Default 300. */
  requestLifetimeSeconds?: number
  /** How long a proved capability is shown. Default 30 days. */
  capabilitySeconds?: number
  /** Issues score credentials; without it, none can be asked for. */
  issueScore?: IssueScore
  randomBytes: RandomBytes
}

/** So far back the roster of a first device may begin that joins at the service's start. */
const EPOCHS_BEFORE_START = CONSTANTS.joinEpochsBack + CONSTANTS.inheritedSilenceEpochs

/**
 * How this ledger counts epochs, fixed when it begins: its weights are counted from the genesis, and another epoch length
 * would make every entry mean something else.
 * @throws AssayError `configInvalid` when the ledger was begun with another epoch length
 */
export async function openLedgerSettings(
  store: Pick<LedgerStore<never>, 'settings'>,
  { epochSeconds, now }: { epochSeconds: number; now: number },
): Promise<Settings> {
  const genesisEpoch = Math.max(0, Math.floor(now / epochSeconds) - EPOCHS_BEFORE_START)
  const settings = await store.settings(zSettings.parse({ epochSeconds, genesisEpoch }))
  if (settings.epochSeconds === epochSeconds) return settings
  throw new AssayError(
    'configInvalid',
    `The ledger counts epochs of ${settings.epochSeconds} s, and ${epochSeconds} s are configured`,
    { stored: settings.epochSeconds, configured: epochSeconds },
  )
}
