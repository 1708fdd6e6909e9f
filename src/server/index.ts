export {
  parseConfig,
  readConfig,
  type ServiceConfig,
  type ServiceSettings,
  variableOf,
  zServiceConfig,
} from './config.ts'
export { createService, type Service, type ServiceEffects } from './create-service.ts'
export { createLogger } from './logger.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { KMS_SECRET_FILE, OPERATOR_KEY_FILE } from './open-keys.ts'
export { allRoutes } from './routes/index.ts'
export { type RunningService, type ServeOptions, serve } from './serve.ts'
export { VERSION } from './version.ts'
