import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** The service's Prometheus metrics. One registry a service, so that two in one process do not mix. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'assay_http_request_seconds',
      help: 'Duration of HTTP requests by route',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    credentialsIssued: new Counter({
      name: 'assay_credentials_issued_total',
      help: 'Credentials issued by schema',
      labelNames: ['schema'],
      registers,
    }),
    presentations: new Counter({
      name: 'assay_presentations_total',
      help: 'Presentations verified, by outcome: accepted, retry or the refusal’s code',
      labelNames: ['outcome'],
      registers,
    }),
    heartbeats: new Counter({
      name: 'assay_heartbeat_slots_total',
      help: 'Slots that the monitor decided, by outcome',
      labelNames: ['outcome'],
      registers,
    }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
