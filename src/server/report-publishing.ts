import type { Logger } from 'pino'
import { isAssayError } from '../protocol/index.ts'

/** Logs why a root could not be published. That it waits for witnesses is said once a root, not once a round. */
export function reportPublishing(log: Logger): (error: unknown) => void {
  let waiting: string | undefined
  return (error) => {
    if (isAssayError(error, 'clockJumped')) {
      log.fatal({ err: error }, 'THE CLOCK WAS MOVED: the witness does not sign')
    } else if (isAssayError(error, 'rootPending')) {
      const { number, sub } = error.detail
      const root = `${number}.${sub}`
      if (root !== waiting) log.warn(error.detail, `no root is out: ${error.message}`)
      waiting = root
    } else log.error({ err: error }, 'the registry root could not be published')
  }
}
