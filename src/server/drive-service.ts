import { createMonitor, driveMonitor, epochAt, type Monitor } from '../evidence/index.ts'
import type { Service } from './create-service.ts'
import { lead } from './lead.ts'
import { publishRegistry } from './publish-registry.ts'
import { repeat } from './repeat.ts'
import { reportPublishing } from './report-publishing.ts'

const HOUR = 3600

/**
 * How long answers to exact retries, requests that nobody answered (which are told apart from unknown ones meanwhile),
 * passed challenges and closed epochs stay. Seconds, seconds, seconds, epochs.
 */
const KEEP = { answers: 24 * HOUR, requests: 600, challenges: 2 * HOUR, receiptEpochs: 62 }

export interface Drive {
  monitor: Monitor
  /** Whether the monitor of this process is the one that watches. */
  isWatching: () => boolean
  /** Stops every loop, and waits for what is under way. */
  stop: () => Promise<void>
}

/**
 * What a service does by itself: the witness signs the registry's root each interval, changed or not; the monitor
 * challenges agents; what nobody will ask for again is forgotten. Failures are logged, and the next round tries again.
 */
export function driveService(service: Service): Drive {
  const { log, clockMs, publisher } = service
  // rounds come more often than roots are due, so that none is much later than its interval
  const intervalMs = Math.max(200, Math.min(publisher.registry.genesis.intervalSeconds * 200, 10_000))
  const stopPublishing = repeat(() => publishRegistry(publisher), intervalMs, reportPublishing(log))
  const stopPruning = repeat(
    () => prune(service),
    60_000,
    (error) => log.error({ err: error }, 'pruning failed'),
  )
  const monitor = openMonitor(service)
  const leadership = lead('monitor', service)
  const stopMonitor = driveMonitor(
    whileLeading(monitor, leadership.isLeader, clockMs),
    clockMs,
    (delayMs, run) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    (error) => log.error({ err: error }, 'a heartbeat round failed'),
  )
  return {
    monitor,
    isWatching: leadership.isLeader,
    stop: async () => {
      stopMonitor()
      await Promise.all([stopPublishing(), stopPruning()])
      // joins the round under way, and ends with it
      if (leadership.isLeader()) await monitor.tick().catch(() => undefined)
      await leadership.stop()
    },
  }
}

/** The monitor of a process that does not lead rests, and looks every second whether it does now. */
function whileLeading(monitor: Monitor, isLeader: () => boolean, clockMs: () => number): Monitor {
  return {
    ...monitor,
    tick: async () => (isLeader() ? monitor.tick() : undefined),
    nextWakeMs: () => (isLeader() ? monitor.nextWakeMs() : clockMs() + 1000),
  }
}

function openMonitor({ dids, settings, heartbeats: store, clockMs, randomBytes, metrics }: Service): Monitor {
  const { did, sign } = dids.monitor
  const onReceipt = ({ ok, reason }: { ok: boolean; reason: string | null }) => {
    metrics.heartbeats.inc({ outcome: ok ? 'up' : (reason ?? 'down') })
  }
  return createMonitor({ did, sign, settings, store, clockMs, randomBytes, onReceipt })
}

/**
 * Forgets proof requests, challenges, receipts and expired credentials that nobody will ask for again, and gives back their
 * status indices. Used tokens go as others come in.
 */
export async function prune(service: Service): Promise<void> {
  const { verifier, challenges, heartbeats, issuerStore, settings, config, clock } = service
  const now = clock()
  await verifier.store.prune({ unanswered: now - KEEP.requests - config.skewSeconds, answered: now - KEEP.answers })
  await challenges.prune((now - KEEP.challenges) * 1000)
  await issuerStore.transaction((tx) => tx.freeStatusEntries(now - config.skewSeconds))
  const firstEpoch = epochAt(settings, now) - KEEP.receiptEpochs
  await heartbeats.pruneReceipts(firstEpoch * settings.slotsPerEpoch)
}
