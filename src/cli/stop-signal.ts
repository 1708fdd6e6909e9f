import { setTimeout as sleep } from 'node:timers/promises'

/** Whether it is time to stop, for what goes on until then. */
export interface StopSignal {
  aborted: () => boolean
  /** The same for `fetch` and timers. */
  signal: AbortSignal
  /** Calls back when it is time to stop (at once if it is); returns how to forget that. */
  onStop: (act: () => void) => () => void
  sleep: (ms: number) => Promise<void>
  release: () => void
}

/** SIGINT and SIGTERM mean: finish cleanly. `release` gives them back. */
export function stopSignal(): StopSignal {
  const controller = new AbortController()
  const { signal } = controller
  const abort = () => controller.abort()
  process.on('SIGINT', abort)
  process.on('SIGTERM', abort)
  const onStop = (act: () => void) => {
    if (signal.aborted) act()
    else signal.addEventListener('abort', act, { once: true })
    return () => signal.removeEventListener('abort', act)
  }
  return {
    aborted: () => signal.aborted,
    signal,
    onStop,
    // by an aborted wait, so that a signal ends it at once
    sleep: (ms) => sleep(ms, undefined, { signal }).catch(() => undefined),
    release: () => {
      process.off('SIGINT', abort)
      process.off('SIGTERM', abort)
    },
  }
}
