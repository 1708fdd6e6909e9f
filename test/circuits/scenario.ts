import { derivePublicKey, signMessage } from '../../src/protocol/babyjubjub.ts'
import { FIELD_ORDER, MAX_UINT64, toField } from '../../src/protocol/field.ts'
import { credentialMessage, deviceBinding, pseudonym, registryLeaf } from '../../src/protocol/hashes.ts'
import { layersRoot, merkleLayers, merklePath } from '../../src/protocol/merkle.ts'
import { poseidon } from '../../src/protocol/poseidon.ts'
import { packSources } from '../../src/protocol/sources.ts'
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
  sources: bigint[]
  signatureR8: bigint[]
  signatureS: bigint
  issuerAudience: bigint
  issuerKey: bigint[]
  sourceCap: bigint
  statusWord: bigint
  statusSiblings: bigint[]
  registryIndex: bigint
  registrySiblings: bigint[]
  policyMinSources: bigint[]
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
  /** Levels, as a credential holds them. */
  sources: number[]
  sourceCap: bigint
  revoked: number[]
  registryIndex: number
  otherLeaves: bigint[]
  minSources: number[]
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
  device: toField(`machine:${'0'.repeat(32)}`),
  schema: toField('https://example.org/schema/1'),
  expiresAt: 1_900_086_400n,
  statusIndex: 70_123,
  list: 3n,
  claims: [17n, 24_576n, 900n, 800n, 1n, 89n, 350n, 64_000n],
  sources: [1, 2, 2, 2, 1, 0, 1, 1],
  sourceCap: 2n,
  revoked: [70_122, 70_124, 5],
  registryIndex: 5,
  otherLeaves: [11n, 12n, 13n, 14n, 15n, 16n, 17n],
  minSources: [1, 2, 0, 2, 0, 0, 0, 0],
  min: [0n, 16_384n, 0n, 0n, 0n, 0n, 0n, 0n],
  max: Array<bigint>(8).fill(MAX_UINT64),
  any: [4n, 17n, 23n, 23n, 23n, 23n, 23n, 23n],
  free: 0n,
}

type PolicyInputs = Pick<Inputs, 'schema' | 'policyMinSources' | 'policyMin' | 'policyMax' | 'policyAny' | 'policyFree'>

/** The policy's hash from its slots, as the protocol composes it, with no range checked. */
export function uncheckedPolicy(inputs: PolicyInputs): bigint {
  const { schema, policyMinSources, policyMin, policyMax, policyAny, policyFree } = inputs
  const ranges = poseidon([6n, poseidon([5n, schema, uncheckedSources(policyMinSources), ...policyMin]), ...policyMax])
  return poseidon([7n + policyFree, ranges, ...policyAny])
}

/** Levels packed as the circuit packs them, with no range checked: (2, 1) and (-2, 2) give the same. */
export function uncheckedSources(levels: readonly bigint[]): bigint {
  const sum = levels.reduceRight((packed, level) => packed * 4n + level, 0n) % FIELD_ORDER
  return (sum + FIELD_ORDER) % FIELD_ORDER
}

const levels = (values: readonly number[]): bigint[] => values.map(BigInt)

/** What the issuer signs for these choices. */
export function messageOf(choices: Choices): bigint {
  return credentialMessage({
    ...choices,
    subject: pseudonym(choices.secret, choices.issuerAudience),
    binding: deviceBinding(choices.secret, choices.device),
    statusIndex: BigInt(choices.statusIndex),
    sources: packSources(choices.sources),
  })
}

/** Inputs that an honest wallet derives from the choices: consistent, whether or not the statement holds. */
export function inputsFor(changes: Partial<Choices> = {}): Inputs {
  const choices = { ...plainChoices, ...changes }
  const list = choices.revoked.reduce(revokeIndex, emptyStatusList())
  const status = statusPath(list, choices.statusIndex)
  const key = derivePublicKey(choices.issuerPrivateKey)
  const leaf = registryLeaf({ ...choices, issuer: choices.issuerAudience, key, statusRoot: statusRoot(list) })
  const policy = {
    policyMinSources: levels(choices.minSources),
    policyMin: choices.min,
    policyMax: choices.max,
    policyAny: choices.any,
    policyFree: choices.free,
  }
  return {
    audience: choices.audience,
    challenge: choices.challenge,
    policy: uncheckedPolicy({ schema: choices.schema, ...policy }),
    now: choices.now,
    secret: choices.secret,
    device: choices.device,
    schema: choices.schema,
    expiresAt: choices.expiresAt,
    statusIndex: BigInt(choices.statusIndex),
    list: choices.list,
    claims: choices.claims,
    sources: levels(choices.sources),
    ...signed(messageOf(choices), choices.issuerPrivateKey),
    issuerAudience: choices.issuerAudience,
    issuerKey: [...key],
    sourceCap: choices.sourceCap,
    statusWord: status.word,
    statusSiblings: status.siblings,
    ...registered(leaf, choices),
    ...policy,
  }
}

/** A registry that holds the leaf, and the leaf's path in it. */
export function registered(
  leaf: bigint,
  { registryIndex, otherLeaves }: Pick<Choices, 'registryIndex' | 'otherLeaves'> = plainChoices,
): Pick<Inputs, 'registryRoot' | 'registryIndex' | 'registrySiblings'> {
  const empty = Array<bigint>(Math.max(0, registryIndex - otherLeaves.length)).fill(0n)
  const layers = merkleLayers([...otherLeaves, ...empty].toSpliced(registryIndex, 0, leaf), 15)
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
  const place = (inputs.statusIndex << 64n) + (inputs.list << 81n)
  const packed = (inputs.expiresAt + place + (uncheckedSources(inputs.sources) << 113n)) % FIELD_ORDER
  const subject = pseudonym(inputs.secret, inputs.issuerAudience)
  const binding = deviceBinding(inputs.secret, inputs.device)
  return poseidon([3n, inputs.schema, subject, inputs.device, binding, packed, ...inputs.claims])
}

/** The leaf of a careless registry: packed as the circuit packs, with no range checked. */
export function uncheckedLeaf(inputs: Inputs, root: bigint): bigint {
  const packed = (inputs.list + (inputs.sourceCap << 32n)) % FIELD_ORDER
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
    policy: uncheckedPolicy(inputs),
  }
}
