import type { IIdentifier } from '@veramo/core'
import { AssayError } from '../protocol/errors.ts'
import { type Agent, KMS } from './create-agent.ts'
import { didWeb } from './did-web.ts'

/** What kind of DID a service has: did:key on the loopback; did:web, which can rotate its keys, in production. */
export type ServiceDidKind = { kind: 'key' } | { kind: 'web'; host: string; path?: string }

/**
 * The DID under which this service plays a role (issuer, registry, reputation …), created with an Ed25519 key at the first
 * call. Processes that start at the same moment on one database get the same DID: the database keeps roles unique.
 * @throws AssayError `configInvalid` when the role has a DID of another kind, or the DID belongs to another role:
 *   a DID is an audience, so it is never exchanged in silence
 */
export async function getOrCreateServiceDid(agent: Agent, role: string, wanted: ServiceDidKind): Promise<string> {
  const existing = await findByRole(agent, role)
  if (existing !== undefined) return checkKind(existing, role, wanted)
  const { kid } = await agent.keyManagerCreate({ kms: KMS, type: 'Ed25519' })
  try {
    const host = wanted.kind === 'web' ? didWeb(wanted).slice('did:web:'.length) : undefined
    const options = { keyType: 'Ed25519', keyRef: kid, ...(host !== undefined && { host }) }
    return (await agent.didManagerCreate({ provider: `did:${wanted.kind}`, alias: role, kms: KMS, options })).did
  } catch (error) {
    await agent.keyManagerDelete({ kid })
    // another process was faster
    const winner = await findByRole(agent, role)
    if (winner === undefined) throw error
    return checkKind(winner, role, wanted)
  }
}

async function findByRole(agent: Agent, role: string): Promise<IIdentifier | undefined> {
  return (await agent.didManagerFind({ alias: role }))[0]
}

function checkKind({ did }: IIdentifier, role: string, wanted: ServiceDidKind): string {
  const asWanted = wanted.kind === 'web' ? did === didWeb(wanted) : did.startsWith('did:key:')
  if (asWanted) return did
  const expected = wanted.kind === 'web' ? didWeb(wanted) : 'a did:key'
  throw new AssayError('configInvalid', `The role ${role} has the DID ${did} already, but ${expected} is configured`, {
    role,
    did,
  })
}
