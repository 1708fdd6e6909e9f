import { toBase64url } from '../protocol/index.ts'
import { createLeaseStore } from '../storage/lease-store.ts'
import type { Service } from './create-service.ts'
import { repeat } from './repeat.ts'

/** How long a lease holds when its holder is gone, and how often it is prolonged. Seconds. */
const LEASE = { holds: 15, renewed: 5 }

export interface Leadership {
  /** Whether this process does the work now. */
  isLeader: () => boolean
  stop: () => Promise<void>
}

/**
 * Decides which of the processes on one database does what only one may do: two monitors of one DID would each call
 * absent the agents that are connected to the other. A process that owns its database always leads. On a server the lease
 * decides: whoever holds it leads until shortly before it ends, and gives it back when it stops.
 */
export function lead(name: string, service: Pick<Service, 'database' | 'clock' | 'randomBytes' | 'log'>): Leadership {
  const { database, clock, randomBytes, log } = service
  if (database.kind === 'pglite') return { isLeader: () => true, stop: async () => undefined }
  const leases = createLeaseStore(database.db)
  const holder = toBase64url(randomBytes(16))
  let until = 0
  const renew = async () => {
    const now = clock()
    const taken = await leases.take({ name, holder, now, expiresAt: now + LEASE.holds })
    if (taken && until === 0) log.info({ name }, 'this process leads')
    until = taken ? now + LEASE.holds - 1 : 0
  }
  const onError = (error: unknown) => log.error({ err: error, name }, 'the lease could not be renewed')
  const first = renew().catch(onError)
  const stopRenewing = repeat(renew, LEASE.renewed * 1000, onError)
  return {
    isLeader: () => clock() < until,
    stop: async () => {
      await first
      await stopRenewing()
      until = 0
      await leases.release(name, holder).catch(onError)
    },
  }
}
