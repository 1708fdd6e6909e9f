import { poseidon } from './poseidon.ts'

/** The first input of each hash, so that no hash of one kind is ever one of another. */
const TAG = { pseudonym: 1n, devicePseudonym: 2n, credential: 3n, leaf: 4n, binding: 9n } as const

/** How a holder appears to one audience. A credential's subject is the pseudonym for its issuer's DID. */
export function pseudonym(secret: bigint, audience: bigint): bigint {
  return poseidon([TAG.pseudonym, secret, audience])
}

/** How a holder's device appears to one audience, so that it counts once there. */
export function devicePseudonym(secret: bigint, audience: bigint, device: bigint): bigint {
  return poseidon([TAG.devicePseudonym, secret, audience, device])
}

/** What ties a device to a holder's secret. Issuers alone see it; the circuit checks it, so a false one is unprovable. */
export function deviceBinding(secret: bigint, device: bigint): bigint {
  return poseidon([TAG.binding, secret, device])
}

/**
 * What an issuer's BabyJubJub key signs. Ranges: expiresAt < 2^64, statusIndex < 2^17, list < 2^32, sources < 2^16 (packed
 * by `packSources`), eight claims < 2^64.
 */
export interface CredentialMessage {
  schema: bigint
  subject: bigint
  device: bigint
  binding: bigint
  expiresAt: bigint
  statusIndex: bigint
  list: bigint
  sources: bigint
  claims: readonly bigint[]
}

/** @throws RangeError when a packed part is out of its range: packing would let one message stand for another. */
export function credentialMessage(message: CredentialMessage): bigint {
  assertBits('expiresAt', message.expiresAt, 64n)
  assertBits('statusIndex', message.statusIndex, 17n)
  assertBits('list', message.list, 32n)
  assertBits('sources', message.sources, 16n)
  if (message.claims.length !== 8) throw new RangeError(`A credential has 8 claims, got ${message.claims.length}`)
  for (const claim of message.claims) assertBits('claim', claim, 64n)
  const place = (message.statusIndex << 64n) + (message.list << 81n)
  const packed = message.expiresAt + place + (message.sources << 113n)
  return poseidon([
    TAG.credential,
    message.schema,
    message.subject,
    message.device,
    message.binding,
    packed,
    ...message.claims,
  ])
}

/** One trusted issuer for one schema: a leaf of the registry. `issuer` is the audience field of the issuer's DID. */
export interface RegistryLeaf {
  issuer: bigint
  key: readonly [bigint, bigint]
  schema: bigint
  list: bigint
  /** The highest source that the issuer may claim, 1 to 3. */
  sourceCap: bigint
  statusRoot: bigint
}

/** @throws RangeError when list (32 bits) or sourceCap (1 to 3) is out of range. */
export function registryLeaf(leaf: RegistryLeaf): bigint {
  assertBits('list', leaf.list, 32n)
  if (leaf.sourceCap < 1n || leaf.sourceCap > 3n)
    throw new RangeError(`sourceCap lies in [1, 3], got ${leaf.sourceCap}`)
  const packed = leaf.list + (leaf.sourceCap << 32n)
  return poseidon([TAG.leaf, leaf.issuer, leaf.key[0], leaf.key[1], leaf.schema, packed, leaf.statusRoot])
}

function assertBits(name: string, value: bigint, bits: bigint): void {
  if (value < 0n || value >> bits !== 0n) throw new RangeError(`${name} must lie in [0, 2^${bits}), got ${value}`)
}
