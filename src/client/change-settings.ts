import { deviceOfMachine } from '../holder/index.ts'
import { audienceField } from '../protocol/did.ts'
import { devicePseudonym, pseudonym } from '../protocol/hashes.ts'
import type { PseudonymSettings } from '../reputation/ledger/change-settings.ts'
import { type Session, trustedLedger } from './session.ts'

/**
 * Lists the holder's pseudonym in the ledger's directory, or removes it from there.
 * @throws AssayError `untrustedIssuer`, `pseudonymUnknown` (nothing was presented yet), `unauthorized`
 */
export async function changeListing(session: Session, listed: boolean): Promise<PseudonymSettings> {
  const { own, key } = await meetLedger(session)
  return session.client.updateSettings(own, { listed }, key)
}

/**
 * Retires a machine from the ledger, for good: it counts no more from seven epochs later on.
 * @throws AssayError `untrustedIssuer`, `pseudonymUnknown`, `deviceUnknown` (it has not joined), `conflict` (the last one)
 */
export async function retireMachine(session: Session, machine: number): Promise<PseudonymSettings> {
  const { ledger, own, key, keys } = await meetLedger(session)
  const retire = String(devicePseudonym(keys.secret(), audienceField(ledger), deviceOfMachine({ keys }, machine)))
  return session.client.updateSettings(own, { retire }, key)
}

/** The ledger, the holder's pseudonym for it, and the session key that presents there. */
async function meetLedger(session: Session) {
  const ledger = await trustedLedger(session)
  const { keys } = await session.wallet.read()
  const own = String(pseudonym(keys.secret(), audienceField(ledger)))
  return { ledger, own, keys, key: keys.sessionKeyFor({ did: ledger }) }
}
