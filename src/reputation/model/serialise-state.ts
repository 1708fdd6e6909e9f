import * as z from 'zod'
import { zSeconds } from '../../protocol/field.ts'
import { zEpoch, zSettings } from './epochs.ts'
import { foldJobs } from './jobs-factor.ts'
import { zJobsEntry, zJoinEntry, zPseudonym, zRetireEntry } from './ledger.ts'
import { buildRoster } from './roster.ts'
import { emptyState, refile, type ScoreState } from './score-state.ts'

/** A device's proofs from `from` on, a character an epoch: 0 silence, 1–8 a rung, 9 and a–g a rung with attested hardware. */
const zProofs = z.strictObject({
  devicePseudonym: zPseudonym,
  from: zEpoch,
  proofs: z.string().regex(/^[0-9a-g]*$/),
})

/** A score state as JSON. It holds what can't be derived; the sums are made anew at loading. */
export const zScoreStateJson = z.strictObject({
  version: z.literal(1),
  settings: zSettings,
  lastAcceptedAt: zSeconds,
  roster: z.array(z.discriminatedUnion('kind', [zJoinEntry, zRetireEntry])),
  devices: z.array(zProofs),
  jobs: z.array(zJobsEntry),
})
export type ScoreStateJson = z.output<typeof zScoreStateJson>

/** The state as a JSON value. */
export function serialiseState(state: ScoreState): ScoreStateJson {
  return {
    version: 1,
    settings: state.settings,
    lastAcceptedAt: state.lastAcceptedAt,
    roster: state.rosterEntries,
    devices: [...state.proofs].map(([devicePseudonym, proofs]) => {
      const epochs = [...proofs.keys()]
      const from = epochs.reduce((a, b) => Math.min(a, b), epochs[0] ?? 0)
      const to = epochs.reduce((a, b) => Math.max(a, b), from - 1)
      const codes = Array.from({ length: to - from + 1 }, (_, i) => (proofs.get(from + i) ?? 0).toString(17))
      return { devicePseudonym, from, proofs: codes.join('') }
    }),
    jobs: [...state.jobs.values()].flatMap((steps) => steps.map((step) => step.entry)),
  }
}

/** The state of a JSON value that `serialiseState` made. Throws ZodError for any other. */
export function parseState(json: unknown): ScoreState {
  const saved = zScoreStateJson.parse(json)
  const state = emptyState(saved.settings)
  state.lastAcceptedAt = saved.lastAcceptedAt
  state.rosterEntries = saved.roster
  for (const { devicePseudonym, from, proofs } of saved.devices) {
    const codes = [...proofs].map((code, i) => [from + i, Number.parseInt(code, 17)] as const)
    state.proofs.set(devicePseudonym, new Map(codes.filter(([, code]) => code !== 0)))
  }
  refile(state, buildRoster(saved.settings, saved.roster))
  for (const entry of saved.jobs) {
    const steps = state.jobs.get(entry.marketplace) ?? []
    steps.push(foldJobs(steps.at(-1) ?? null, entry))
    state.jobs.set(entry.marketplace, steps)
  }
  return state
}
