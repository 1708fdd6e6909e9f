import { getOrCreateSecret, type SecretKeyStore } from '../identity/index.ts'
import { createIssuer, type Issuer, type IssuerStore, openStatusList } from '../issuer/index.ts'
import { COMPUTE, HARDWARE, type RandomBytes, REPUTATION, SOURCE_LEVEL, UPTIME } from '../protocol/index.ts'
import type { ServiceConfig } from './config.ts'
import type { Role, RoleDid } from './service-dids.ts'

export const ISSUER_ROLES = ['hardware', 'uptime', 'reputation'] as const satisfies readonly Role[]
export type IssuerRole = (typeof ISSUER_ROLES)[number]

const SCHEMAS: Record<IssuerRole, readonly string[]> = {
  hardware: [HARDWARE, COMPUTE],
  uptime: [UPTIME],
  reputation: [REPUTATION],
}

/** Nothing here is attested by a vendor, so no issuer of this service claims more than having measured. */
export const SOURCE_CAP = SOURCE_LEVEL.measured

/**
 * The service's issuers, with a circuit key each, drawn at the first start, and an open status list for each schema.
 * `baseUrl` is where their status lists are served.
 */
export async function openIssuers(
  dids: Record<Role, RoleDid>,
  effects: { secrets: SecretKeyStore; store: IssuerStore; randomBytes: RandomBytes },
  config: ServiceConfig & { baseUrl: string },
): Promise<Record<IssuerRole, Issuer>> {
  const entries: [IssuerRole, Issuer][] = []
  for (const role of ISSUER_ROLES) {
    const { did, kid, sign } = dids[role]
    const lifetimeSeconds = config[`${role}LifetimeSeconds`]
    const settings = {
      sourceCap: SOURCE_CAP,
      renewalSeconds: Math.ceil(lifetimeSeconds / 2),
      lifetimeSeconds,
    }
    const schemas = Object.fromEntries(SCHEMAS[role].map((schema) => [schema, settings]))
    const circuitKey = await getOrCreateSecret(effects.secrets, `circuit-key:${role}`, () => effects.randomBytes(32))
    const { baseUrl, stepSeconds, allowSelfReported } = config
    const issuer = createIssuer({ did, kid, baseUrl, schemas, stepSeconds, allowSelfReported }, { sign, circuitKey })
    entries.push([role, issuer])
    for (const schema of SCHEMAS[role]) await openStatusList(effects.store, did, schema)
  }
  return Object.fromEntries(entries) as Record<IssuerRole, Issuer>
}
