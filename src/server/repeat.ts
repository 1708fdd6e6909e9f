import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Does `work` again and again, `intervalMs` after it ended, until stopped. An error is reported and the next round tried:
 * nothing here may end the process. Returns what stops it, and waits for a round under way.
 */
export function repeat(
  work: () => Promise<unknown>,
  intervalMs: number,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const stopping = new AbortController()
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      await work().catch(onError)
    }
  })()
  return () => {
    stopping.abort()
    return running
  }
}
