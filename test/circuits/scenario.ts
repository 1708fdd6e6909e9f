import { derivePublicKey, signMessage } from '../../src/protocol/babyjubjub.ts'
import { FIELD_ORDER, MAX_UINT64, toField } from '../../src/protocol/field.ts'
import { credentialMessage, deviceBinding, pseudonym, registryLeaf } from '../../src/protocol/hashes.ts'
import { layersRoot, merkleLayers, merklePath } from '../../src/protocol/merkle.ts'
import { poseidon } from '../../src/protocol/poseidon.ts'
import { emptyStatusList, revokeIndex, statusPath, statusRoot } from '../../src/protocol/status-list.ts'

/** The circuit's inputs by name: numbers, or lists of numbers. */
export type Inputs = {
  audience: bigint
  challenge: bigint
  policy: bigint
  now: bigint
  registryRoot: bigint
  secret: bigint
  device: bigint
  schema: bigint
  expiresAt: bigint
  statusIndex: bigint
  list: bigint
  claims: bigint[]
  signatureR8: bigint[]
  signatureS: bigint
  issuerAudience: bigint
  issuerKey: bigint[]
  assuranceCap: bigint
  statusWord: bigint
  statusSiblings: bigint[]
  registryIndex: bigint
  registrySiblings: bigint[]
  policyMin: bigint[]
  policyMax: bigint[]
  policyAny: bigint[]
  policyFree: bigint
}

/** Everything that parties choose. Paths, roots, hashes and the signature follow from it. */
export type Choices = {
  secret: bigint
  audience: bigint
  challenge: bigint
  now: bigint
  issuerAudience: bigint
  issuerPrivateKey: Uint8Array
  device: bigint
  schema: bigint
  expiresAt: bigint
  statusIndex: number
  list: bigint
  claims: bigint[]
  assuranceCap: bigint
  revoked: number[]
  registryIndex: number
  otherLeaves: bigint[]
  min: bigint[]
  max: bigint[]
  any: bigint[]
  free: 0n | 1n
}

export const plainChoices: Choices = {
  secret: toField('a secret'),
  audience: toField('did:example:dapp'),
  challenge: toField('a challenge'),
  now: 1_900_000_000n,
  issuerAudience: toField('did:example:issuer'),
  issuerPrivateKey: new Uint8Array(32).fill(7),
  device: toField('gpu:00000000-0000-0000-0000-000000000000'),
  schema: toField('https://example.org/schema/1'),
  expiresAt: 1_900_086_400n,
  statusIndex: 70_123,
  list: 3n,
  claims: [17n, 24_576n, 900n, 800n, 1n, 89n, 350n, 2n],
  assuranceCap: 2n,
  revoked: [70_122, 70_124, 5],
  registryIndex: 5,
  otherLeaves: [11n, 12n, 13n, 14n, 15n, 16n, 17n],
  min: [0n, 16_384n, 0n, 0n, 0n, 0n, 0n, 2n],
  max: Array<bigint>(8).fill(MAX_UINT64),
  any: [4n, 17n, 23n, 23n, 23n, 23n, 23n, 23n],
  free: 0n,
}

/** The policy's hash from its slots, as the protocol composes it. */
export function hashPolicy(choices: Pick<Choices, 'schema' | 'min' | 'max' | 'any' | 'free'>): bigint {
  const ranges = poseidon([6n, poseidon([5n, choices.schema, ...choices.min]), ...choices.max])
  return poseidon([7n + choices.free, ranges, ...choices.any])
}

/** What the issuer signs for these choices. */
export function messageOf(choices: Choices): bigint {
  return credentialMessage({
    ...choices,
    subject: pseudonym(choices.secret, choices.issuerAudience),
    binding: deviceBinding(choices.secret, choices.device),
    statusIndex: BigInt(choices.statusIndex),
  })
}

/** Inputs that an honest wallet derives from the choices: consistent, whether or not the statement holds. */
export function inputsFor(changes: Partial<Choices> = {}): Inputs {
  const choices = { ...plainChoices, ...changes }
  const list = choices.revoked.reduce(revokeIndex, emptyStatusList())
  const status = statusPath(list, choices.statusIndex)
  const key = derivePublicKey(choices.issuerPrivateKey)
  const leaf = registryLeaf({ ...choices, issuer: choices.issuerAudience, key, statusRoot: statusRoot(list) })
  return {
    audience: choices.audience,
    challenge: choices.challenge,
    policy: hashPolicy(choices),
    now: choices.now,
    secret: choices.secret,
    device: choices.device,
    schema: choices.schema,
    expiresAt: choices.expiresAt,
    statusIndex: BigInt(choices.statusIndex),
    list: choices.list,
    claims: choices.claims,
    ...signed(messageOf(choices), choices.issuerPrivateKey),
    issuerAudience: choices.issuerAudience,
    issuerKey: [...key],
    assuranceCap: choices.assuranceCap,
    statusWord: status.word,
    statusSiblings: status.siblings,
    ...registered(leaf, choices),
    policyMin: choices.min,
    policyMax: choices.max,
    policyAny: choices.any,
    policyFree: choices.free,
  }
}

/** A registry that holds the leaf, and the leaf's path in it. */
export function registered(
  leaf: bigint,
  { registryIndex, otherLeaves }: Pick<Choices, 'registryIndex' | 'otherLeaves'> = plainChoices,
): Pick<Inputs, 'registryRoot' | 'registryIndex' | 'registrySiblings'> {
  const empty = Array<bigint>(Math.max(0, registryIndex - otherLeaves.length)).fill(0n)
  const layers = merkleLayers([...otherLeaves, ...empty].toSpliced(registryIndex, 0, leaf), 12)
  return {
    registryRoot: layersRoot(layers),
    registryIndex: BigInt(registryIndex),
    registrySiblings: merklePath(layers, registryIndex),
  }
}

/** An issuer's signature as the circuit takes it. */
export function signed(
  message: bigint,
  privateKey: Uint8Array = plainChoices.issuerPrivateKey,
): Pick<Inputs, 'signatureR8' | 'signatureS'> {
  const { r8, s } = signMessage(privateKey, message)
  return { signatureR8: [...r8], signatureS: s }
}

/** The message of a careless or malicious issuer: packed as the circuit packs, with no range checked. */
export function uncheckedMessage(inputs: Inputs): bigint {
  const packed = (inputs.expiresAt + (inputs.statusIndex << 64n) + (inputs.list << 81n)) % FIELD_ORDER
  const subject = pseudonym(inputs.secret, inputs.issuerAudience)
  const binding = deviceBinding(inputs.secret, inputs.device)
  return poseidon([3n, inputs.schema, subject, inputs.device, binding, packed, ...inputs.claims])
}

/** The leaf of a careless registry: packed as the circuit packs, with no range checked. */
export function uncheckedLeaf(inputs: Inputs, root: bigint): bigint {
  const packed = (inputs.list + (inputs.assuranceCap << 32n)) % FIELD_ORDER
  const [x, y] = inputs.issuerKey as [bigint, bigint]
  return poseidon([4n, inputs.issuerAudience, x, y, inputs.schema, packed, root])
}

/** The status root that a word and its siblings hash to. */
export function rootOfWord(inputs: Pick<Inputs, 'statusIndex' | 'statusWord' | 'statusSiblings'>): bigint {
  return inputs.statusSiblings.reduce(
    (node, sibling, i) =>
      (inputs.statusIndex >> BigInt(7 + i)) & 1n ? poseidon([sibling, node]) : poseidon([node, sibling]),
    inputs.statusWord,
  )
}

/**
 * Inputs changed as a party with every key could change them: message signed anew, leaf registered anew, policy hashed
 * anew. What is refused now is refused for the change itself, not for a broken hash.
 */
export function resealed(changes: Partial<Inputs>, from: Inputs = inputsFor()): Inputs {
  const inputs = { ...from, ...changes }
  return {
    ...inputs,
    ...signed(uncheckedMessage(inputs)),
    ...registered(uncheckedLeaf(inputs, rootOfWord(inputs))),
    policy: hashPolicy({
      schema: inputs.schema,
      min: inputs.policyMin,
      max: inputs.policyMax,
      any: inputs.policyAny,
      free: inputs.policyFree as 0n | 1n,
    }),
  }
}
