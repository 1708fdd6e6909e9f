import * as z from 'zod'

const zPoints = z.int().min(0).max(1000)

/** What comes of it if things go on as in the last 30 epochs. A day is an epoch. */
export const zForecast = z.strictObject({
  /** The mean share up of those epochs, as far as it was proved. */
  upShare: z.number().min(0).max(1),
  scores: z.array(z.strictObject({ days: z.int().min(1), score: zPoints })),
  /** When scores above the present one are reached; null where they are not within five years. */
  reach: z.array(z.strictObject({ score: zPoints, days: z.int().min(1).nullable(), at: z.int().min(0).nullable() })),
})
export type Forecast = z.output<typeof zForecast>
