import { hexToBytes } from '@noble/hashes/utils.js'
import { type Agent, didSignerFor, getOrCreateServiceDid, type ServiceDidKind } from '../identity/index.ts'
import type { DidSigner, ResolveKeys } from '../protocol/index.ts'
import { type ServiceConfig, usesDidWeb } from './config.ts'

/** What a service does, one DID each: issuers of hardware, uptime and scores, monitor, governor, witness. */
export const ROLES = ['hardware', 'uptime', 'reputation', 'monitor', 'governor', 'witness'] as const
export type Role = (typeof ROLES)[number]

/** A role's DID, what signs for it, and its public keys. */
export interface RoleDid extends DidSigner {
  publicKeys: Uint8Array[]
}

/** Where a role's DID document is served. The ledger's DID is what holders meet first: it is the host's own. */
export function didDocumentPath(role: Role): string {
  return role === 'reputation' ? '/.well-known/did.json' : `/${role}/did.json`
}

/**
 * The DIDs of all roles, created at the first start. Governor and witness stand in the registry's genesis for its whole
 * life, and old log entries must stay checkable when a host is gone: theirs are did:key always.
 * @throws AssayError `configInvalid` when a role has a DID of another kind or host already
 */
export async function openServiceDids(agent: Agent, config: ServiceConfig): Promise<Record<Role, RoleDid>> {
  const entries: [Role, RoleDid][] = []
  for (const role of ROLES) {
    const did = await getOrCreateServiceDid(agent, role, kindOf(role, config))
    const { keys } = await agent.didManagerGet({ did })
    const publicKeys = keys.filter(({ type }) => type === 'Ed25519').map(({ publicKeyHex }) => hexToBytes(publicKeyHex))
    entries.push([role, { ...(await didSignerFor(agent, did)), publicKeys }])
  }
  return Object.fromEntries(entries) as Record<Role, RoleDid>
}

function kindOf(role: Role, config: ServiceConfig): ServiceDidKind {
  if (!usesDidWeb(config) || role === 'governor' || role === 'witness') return { kind: 'key' }
  const { host } = new URL(config.publicUrl!)
  return role === 'reputation' ? { kind: 'web', host } : { kind: 'web', host, path: role }
}

/** Answers for the service's own DIDs from what it knows, so that it needs nobody to serve them while it starts. */
export function knowingOwnDids(dids: Record<Role, RoleDid>, resolveKeys: ResolveKeys): ResolveKeys {
  const own = new Map(Object.values(dids).map(({ did, publicKeys }) => [did, publicKeys]))
  return async (did) => own.get(did) ?? resolveKeys(did)
}
