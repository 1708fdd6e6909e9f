import { AssayError } from '../../protocol/errors.ts'
import { ledgerEpochAt } from '../model/epochs.ts'
import type { LedgerService } from './ledger-service.ts'
import { signStatement } from './signed-statement.ts'
import { type SignedVoidEpoch, zVoidReason } from './void-epoch.ts'

/**
 * Declares an epoch void, for an outage of the service or its monitors: it counts for nobody and against nobody, in every
 * score from now on. It is never taken back. Declaring it again gives the first declaration.
 * @throws AssayError `malformed`, `epochOpen` (an epoch to come)
 */
export async function declareVoidEpoch<Tx>(
  service: LedgerService<Tx>,
  { epoch, reason }: { epoch: number; reason: string },
): Promise<SignedVoidEpoch> {
  const { settings, store, verifier } = service
  const now = verifier.clock()
  if (!zVoidReason.safeParse(reason).success) throw new AssayError('malformed', 'A void epoch needs a reason')
  if (epoch < settings.genesisEpoch) throw new AssayError('malformed', 'The ledger knows no such epoch')
  if (epoch > ledgerEpochAt(settings, now)) throw new AssayError('epochOpen', 'The epoch is still to come', { epoch })
  const statement = await signStatement('AssayVoidEpoch', { epoch, declaredAt: now, reason: reason.trim() }, service)
  return store.transaction(async (tx) => {
    if (await tx.addVoid(statement)) return statement
    return (await tx.voids()).find((known) => known.epoch === epoch)!
  })
}
