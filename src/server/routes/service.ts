import { type ServiceDescription, zServiceDescription } from '../../protocol/index.ts'
import type { Service } from '../create-service.ts'
import { defineRoute, type Route } from '../define-route.ts'
import { VERSION } from '../version.ts'

type Deps = Pick<Service, 'config' | 'registry' | 'verifier' | 'issuers' | 'dids' | 'settings'>

/** Who this service is in each role, and the figures that its clients need. */
export function serviceRoutes(deps: Deps): Route[] {
  const description = describeService(deps)
  return [
    defineRoute({
      method: 'get',
      path: '/v1/service',
      tag: 'Service',
      summary: 'Who this service is in each role, and the figures that its clients need',
      auth: 'none',
      status: 200,
      response: zServiceDescription,
      errors: [],
      handle: async () => description,
    }),
  ]
}

function describeService({ config, registry, verifier, issuers, dids, settings }: Deps): ServiceDescription {
  const { slotSeconds, slotsPerEpoch, replyWindowMs } = settings
  const development = verifier.key.label === 'development'
  return {
    type: 'AssayService',
    version: VERSION,
    production: config.production,
    registryId: registry.registryId,
    circuit: verifier.key.circuit,
    issuers: Object.values(issuers).map(({ did, schemas }) => ({ did, schemas: Object.keys(schemas) })),
    reputation: dids.reputation.did,
    monitor: dids.monitor.did,
    epoch: { seconds: slotSeconds * slotsPerEpoch, slotSeconds, slotsPerEpoch, replyWindowMs },
    allowSelfReported: config.allowSelfReported,
    measurement: { n: config.measurementSize, layers: config.measurementLayers, seconds: config.measurementSeconds },
    notice: development
      ? "The circuit's set-up is a development one: its creator could forge proofs. Not for production."
      : '',
  }
}
