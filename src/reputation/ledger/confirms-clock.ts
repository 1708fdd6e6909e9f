import { isAssayError } from '../../protocol/errors.ts'
import { DEFAULT_LIMITS, type Verifier } from '../../verifier/verifier.ts'

/**
 * Whether the registry's newest root confirms the clock: a root's number is the interval in which it was signed, so several
 * witnesses keep that time. A device joins with the epoch of the service's clock, and one that is set back would let it
 * join with a past that is known to be good.
 */
export async function confirmsClock<Tx>(verifier: Pick<Verifier<Tx>, 'roots' | 'clock' | 'limits'>): Promise<boolean> {
  const known = await verifier.roots().catch((error: unknown) => {
    if (isAssayError(error, 'unavailable')) return undefined
    throw error
  })
  if (known === undefined || known.roots.length === 0) return false
  const { intervalSeconds, roots } = known
  const { skewSeconds } = { ...DEFAULT_LIMITS, ...verifier.limits }
  const newest = roots.reduce((number, root) => Math.max(number, root.number), 0)
  const now = verifier.clock()
  return now >= newest * intervalSeconds - skewSeconds && now <= (newest + 1) * intervalSeconds + skewSeconds
}
