import * as z from 'zod'
import { toBase64url } from '../../protocol/bytes.ts'
import { AssayError } from '../../protocol/errors.ts'
import { zEpoch } from '../model/epochs.ts'
import { type RetireEntry, zPseudonym } from '../model/ledger.ts'
import { retirementEpoch } from '../model/roster.ts'
import { applyLedgerEntry, type ScoreState } from '../model/score-state.ts'
import { parseState } from '../model/serialise-state.ts'
import type { LedgerService } from './ledger-service.ts'
import { momentAfter, saveState } from './record-presentation.ts'

/** What a holder may set: whether the directory lists the pseudonym, and that a device counts no more from 7 epochs later on. */
export const zSettingsChange = z
  .strictObject({ listed: z.boolean().optional(), retire: zPseudonym.optional() })
  .refine(({ listed, retire }) => listed !== undefined || retire !== undefined, 'must change something')
export type SettingsChange = z.output<typeof zSettingsChange>

/** The settings of a pseudonym as they are after a change. */
export const zPseudonymSettings = z.strictObject({
  pseudonym: zPseudonym,
  listed: z.boolean(),
  devices: z.array(
    z.strictObject({
      devicePseudonym: zPseudonym,
      joinEpoch: zEpoch,
      firstEpoch: zEpoch,
      retiredAt: zEpoch.nullable(),
    }),
  ),
})
export type PseudonymSettings = z.output<typeof zPseudonymSettings>

/**
 * Changes the settings of a pseudonym for a session key that presented for it. Retiring is final, takes effect 7 epochs
 * later, and is not for the last device; for one that has retired nothing changes.
 * @throws AssayError `pseudonymUnknown`, `unauthorized`, `deviceUnknown`, `conflict` (the last device)
 */
export async function changeSettings<Tx>(
  service: LedgerService<Tx>,
  { pseudonym, session, change }: { pseudonym: string; session: string; change: SettingsChange },
): Promise<PseudonymSettings> {
  const entryId = `retire/${toBase64url(service.randomBytes(16))}`
  return service.store.transaction(async (tx) => {
    const record = await tx.lock(BigInt(pseudonym))
    if (record === undefined) throw new AssayError('pseudonymUnknown')
    if (!(await tx.hasSession(record.pseudonym, session))) {
      throw new AssayError('unauthorized', 'The session key has not presented for this pseudonym')
    }
    const state = parseState(record.state)
    const t = momentAfter(state, service.verifier.clock())
    if (change.retire !== undefined && !hasRetired(state, change.retire)) {
      const entry = retire(state, { entryId, acceptedAt: t, devicePseudonym: change.retire })
      await tx.addEntries(record.pseudonym, [entry])
    }
    const listed = change.listed ?? record.listed
    await saveState(tx, { ...record, listed }, state, t)
    return { pseudonym, listed, devices: state.roster.devices }
  })
}

function hasRetired(state: ScoreState, devicePseudonym: string): boolean {
  const device = state.byDevice.get(devicePseudonym)
  if (device === undefined) throw new AssayError('deviceUnknown', 'The device has not joined under this pseudonym')
  return device.retiredAt !== null
}

function retire(state: ScoreState, fields: Omit<RetireEntry, 'kind' | 'from'>): RetireEntry {
  const entry: RetireEntry = { kind: 'retire', ...fields, from: retirementEpoch(state.settings, fields.acceptedAt) }
  const before = state.roster.ignored.length
  applyLedgerEntry(state, entry)
  if (state.roster.ignored.length === before) return entry
  throw new AssayError('conflict', "A pseudonym's last device can't retire", {
    devicePseudonym: fields.devicePseudonym,
  })
}
