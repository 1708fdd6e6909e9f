import { AssayError } from '../protocol/errors.ts'

/** The did:web of a host (with its port, if it has one) and a path; without a path it is the host's own DID. */
export function didWeb({ host, path = '' }: { host: string; path?: string }): string {
  const segments = path.split('/').filter((segment) => segment !== '')
  if (!HOST.test(host))
    throw new AssayError('configInvalid', `A did:web needs a host name with or without port, got ${host}`)
  const wrong = segments.find((segment) => !SEGMENT.test(segment))
  if (wrong !== undefined) throw new AssayError('configInvalid', `A did:web path may not hold the segment ${wrong}`)
  return ['did', 'web', host.toLowerCase().replace(':', '%3A'), ...segments].join(':')
}

/** Where a did:web's document is served, as host (with port) and absolute path, or undefined when the DID is no such DID. */
export function didWebLocation(did: string): { host: string; path: string } | undefined {
  const [scheme, method, encodedHost = '', ...segments] = did.split(':')
  const host = encodedHost.replace('%3A', ':')
  if (scheme !== 'did' || method !== 'web' || !HOST.test(host)) return undefined
  if (!segments.every((segment) => SEGMENT.test(segment))) return undefined
  return { host, path: segments.length === 0 ? '/.well-known/did.json' : `/${segments.join('/')}/did.json` }
}

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$/

/** Letters and digits of a URL's path, with nothing to decode; `.` and `..` would climb. */
const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/
