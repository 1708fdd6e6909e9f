import { didKeyFromEd25519, ed25519FromDidKey, zDid } from '../protocol/did.ts'
import { AssayError } from '../protocol/errors.ts'

/**
 * Refuses a second spelling of a DID: the registry compares and hashes DIDs as text, so one subject must have one text.
 * did:web in lower case, did:pkh with a lower-case address, did:key as its key encodes.
 * @throws AssayError `malformed`
 */
export function assertCanonicalDid(did: string): void {
  if (zDid.safeParse(did).success && isCanonical(did)) return
  throw new AssayError('malformed', `${did} is not a DID in its canonical form`)
}

function isCanonical(did: string): boolean {
  const [, method, ...rest] = did.split(':')
  const id = rest.join(':')
  if (method === 'web') return isLowerCaseHost(rest[0] ?? '')
  if (method === 'pkh') return !id.startsWith('eip155:') || /^eip155:[1-9][0-9]*:0x[0-9a-f]{40}$/.test(id)
  // z6Mk is how every Ed25519 did:key begins; other kinds of key name issuers that can't sign here
  if (method === 'key') return id.startsWith('z6Mk') && reencode(did) === did
  return true
}

function reencode(did: string): string | undefined {
  try {
    return didKeyFromEd25519(ed25519FromDidKey(did))
  } catch {
    return undefined
  }
}

/** A host in lower case, its port after %3A, as did:web writes it. */
function isLowerCaseHost(host: string): boolean {
  return /^[a-z0-9.-]+(?:%3A[1-9][0-9]{0,4})?$/.test(host)
}
