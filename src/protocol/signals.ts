import * as z from 'zod'
import { zField } from './field.ts'

/** The circuit's public signals in their order; circuits/circuits.json states the same, and a test holds them together. */
export const PUBLIC_SIGNALS = [
  'pseudonym',
  'devicePseudonym',
  'audience',
  'challenge',
  'policy',
  'now',
  'registryRoot',
] as const

export type Signals = Record<(typeof PUBLIC_SIGNALS)[number], bigint>

/** Exactly seven canonical field elements, each below the field order. */
export const zPublicSignals = z.tuple([zField, zField, zField, zField, zField, zField, zField])

/** Names the seven signals. */
export function nameSignals(values: z.output<typeof zPublicSignals>): Signals {
  return Object.fromEntries(PUBLIC_SIGNALS.map((name, i) => [name, values[i]])) as Signals
}
