import type { Service } from '../create-service.ts'
import type { Route } from '../define-route.ts'
import { challengeRoutes } from './challenges.ts'
import { credentialRoutes } from './credentials.ts'
import { deviceRoutes } from './devices.ts'
import { metaRoutes } from './meta.ts'
import { presentationRoutes } from './presentations.ts'
import { proofRequestRoutes } from './proof-requests.ts'
import { registryRoutes } from './registry.ts'
import { reputationRoutes } from './reputation.ts'
import { serviceRoutes } from './service.ts'
import { statusListRoutes } from './status-lists.ts'
import { vocabularyRoutes } from './vocabulary.ts'

/** Every operation of the API, a file a noun: the one place where a new one is added. */
export function allRoutes(service: Service): Route[] {
  return [
    ...serviceRoutes(service),
    ...credentialRoutes(service),
    ...deviceRoutes(service),
    ...statusListRoutes(service),
    ...vocabularyRoutes(service),
    ...challengeRoutes(service),
    ...registryRoutes(service),
    ...proofRequestRoutes(service),
    ...presentationRoutes(service),
    ...reputationRoutes(service),
    ...metaRoutes(service),
  ]
}
