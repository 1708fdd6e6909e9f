import { type Figure, figureOf } from './measure.ts'

/** A call that is ready to be sent, and throws unless it is answered as it should be. */
export type Call = () => Promise<unknown>

/**
 * Sends prepared calls in batches, so many at a time, and gives calls a second over each batch. The first batch is for
 * warming up and not counted.
 */
export async function measureRate(
  calls: readonly Call[],
  { batch, atOnce, clock = () => performance.now() }: { batch: number; atOnce: number; clock?: () => number },
): Promise<Figure> {
  const rates: number[] = []
  for (let from = 0; from + batch <= calls.length; from += batch) {
    const start = clock()
    await sendAll(calls.slice(from, from + batch), atOnce)
    if (from > 0) rates.push((1000 * batch) / (clock() - start))
  }
  return figureOf(rates)
}

async function sendAll(calls: readonly Call[], atOnce: number): Promise<void> {
  let next = 0
  const sender = async () => {
    while (next < calls.length) await calls[next++]!()
  }
  await Promise.all(Array.from({ length: atOnce }, sender))
}
