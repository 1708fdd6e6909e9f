import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { groth16 } from 'snarkjs'
import {
  audienceField,
  CONTROL_TYP,
  type Credential,
  challengeOf,
  circuitInputs,
  derivePublicKey,
  deviceBinding,
  didKeyFromEd25519,
  emptyStatusList,
  jcs,
  jwkOf,
  keyThumbprint,
  layersRoot,
  machineDevice,
  merkleLayers,
  merklePath,
  messageOf,
  type PresentationJson,
  type ProofRequest,
  presentationHash,
  pseudonym,
  registryLeaf,
  revokeIndex,
  type Sign,
  type SourcedValue,
  type Statement,
  signJws,
  signMessage,
  statedClaims,
  statusPath,
  statusRoot,
  toField,
  zPresentation,
} from '../../src/protocol/index.ts'
import { loadProvingArtifacts, type ProvingArtifacts } from '../../src/storage/circuit-artifacts.ts'

/** Real proofs for tests: an issuer's key, a credential, a registry's tree, and Groth16 under the committed key. */

/** The path of a committed artifact of the presentation circuit: verification key or ceremony record. */
function artifact(extension: 'vkey.json' | 'json'): string {
  return fileURLToPath(new URL(`../../circuits/artifacts/presentation.${extension}`, import.meta.url))
}

export async function readArtifact(extension: 'vkey.json' | 'json'): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(artifact(extension), 'utf8'))
}

/** 32 bytes that depend on a name alone: the keys, secrets and nonces of tests. */
export function digest(name: string): Uint8Array {
  return sha256(utf8ToBytes(name))
}

/** Someone with an Ed25519 key, and the did:key of it. */
export interface Party {
  did: string
  publicKey: Uint8Array
  sign: Sign
}

export function party(name: string): Party {
  const privateKey = digest(`did ${name}`)
  const publicKey = ed25519.getPublicKey(privateKey)
  return {
    did: didKeyFromEd25519(publicKey),
    publicKey,
    sign: async (message) => ed25519.sign(message, privateKey),
  }
}

export interface TestCredential {
  /** The issuer's name. */
  issuer: string
  schema: string
  /** Claims by name; what is left out is unused. */
  stated: Record<string, SourcedValue>
  /** The holder's name. */
  holder: string
  device?: bigint
  expiresAt: number
  list?: number
  statusIndex?: number
}

export function secretOf(holder: string): bigint {
  return toField(`secret ${holder}`)
}

/** A credential that a named issuer signed for a named holder. */
export function testCredential(fields: TestCredential): Credential {
  const { issuer, holder, schema, stated, expiresAt, list = 0, statusIndex = 0 } = fields
  const device = fields.device ?? machineDevice('0'.repeat(32))
  const circuitKey = digest(`circuit key ${issuer}`)
  const unsigned = {
    id: 'urn:uuid:00000000-0000-0000-0000-000000000000',
    issuer: party(issuer).did,
    holder: party(holder).did,
    schema,
    subject: pseudonym(secretOf(holder), audienceField(party(issuer).did)),
    device,
    binding: deviceBinding(secretOf(holder), device),
    issuedAt: expiresAt - 86_400,
    expiresAt,
    statusListUrl: `https://issuer.example/v1/status-lists/${list}`,
    statusIndex,
    list,
    ...statedClaims(schema, stated),
    key: derivePublicKey(circuitKey),
  }
  return { ...unsigned, signature: signMessage(circuitKey, messageOf(unsigned)) }
}

export interface TestRegistry {
  root: bigint
  /** What a proof needs to know of the registry for a credential. */
  paths(credential: Credential): Pick<Statement, 'trust' | 'status'>
}

/** A registry that trusts the issuers of these credentials for them. All their status lists have these bits set. */
export function testRegistry(
  credentials: readonly Credential[],
  sourceCap = 2,
  revoked: readonly number[] = [],
): TestRegistry {
  const list = revoked.reduce(revokeIndex, emptyStatusList())
  const root = statusRoot(list)
  const leaves = credentials.map(({ issuer, key, schema, list: number }) => {
    const packed = { list: BigInt(number), sourceCap: BigInt(sourceCap) }
    return registryLeaf({ issuer: audienceField(issuer), key, schema: toField(schema), ...packed, statusRoot: root })
  })
  const layers = merkleLayers(leaves, 15)
  return {
    root: layersRoot(layers),
    paths: ({ issuer, schema, statusIndex }) => {
      const index = credentials.findIndex((known) => known.issuer === issuer && known.schema === schema)
      const siblings = merklePath(layers, index)
      return {
        trust: { root: layersRoot(layers), index, sourceCap, siblings },
        status: statusPath(list, statusIndex),
      }
    },
  }
}

export type ProofEntry = PresentationJson['proofs'][number]

const proved = new Map<string, Promise<ProofEntry>>()

/** A real proof of a statement. Takes about a second; the same statement is proved once a test file. */
export function proveStatement(statement: Statement): Promise<ProofEntry> {
  const inputs = circuitInputs(statement)
  const key = jcs(inputs)
  const known = proved.get(key) ?? prove(inputs)
  proved.set(key, known)
  return known
}

let proving: Promise<ProvingArtifacts> | undefined

async function prove(inputs: ReturnType<typeof circuitInputs>): Promise<ProofEntry> {
  proving ??= loadProvingArtifacts()
  const { wasm, zkey } = await proving
  const { proof, publicSignals } = await groth16.fullProve(inputs, wasm, zkey)
  const pair = (point: readonly unknown[]): [string, string] => [String(point[0]), String(point[1])]
  return {
    proof: { a: pair(proof.pi_a), b: [pair(proof.pi_b[0]!), pair(proof.pi_b[1]!)], c: pair(proof.pi_c) },
    signals: publicSignals.map(String) as ProofEntry['signals'],
  }
}

export interface TestAnswer {
  request: ProofRequest
  /** The holder's name. */
  holder: string
  /** One for each policy. */
  credentials: readonly Credential[]
  registry: TestRegistry
  /** The name of whoever's session key is the recipient. By default the holder. */
  session?: string
}

/** A presentation that answers a request, as a wallet would make it. */
export async function testPresentation(answer: TestAnswer): Promise<PresentationJson> {
  const { request, holder, credentials, registry, session = holder } = answer
  const recipient = keyThumbprint(party(session).publicKey)
  const proofs: ProofEntry[] = []
  for (const [i, credential] of credentials.entries()) {
    const entry = await proveStatement({
      secret: secretOf(holder),
      audience: audienceField(request.audience.did, request.audience.context),
      challenge: challengeOf(request, recipient),
      now: request.now,
      policy: request.policies[i] ?? request.policies[0]!,
      credential,
      ...registry.paths(credential),
    })
    proofs.push(entry)
  }
  const { circuit, nonce } = request
  const unsigned = { type: 'AssayPresentation', version: 1, circuit, nonce, recipient, proofs } as const
  const presentation = await signPresentation(unsigned, session)
  zPresentation.parse(presentation)
  return presentation
}

/** Signs (again) what a presentation says, by a named party's session key. */
export async function signPresentation(
  presentation: Omit<PresentationJson, 'control'> & { control?: string },
  session: string,
): Promise<PresentationJson> {
  const { publicKey, sign } = party(session)
  const control = await signJws({
    header: { typ: CONTROL_TYP, jwk: jwkOf(publicKey) },
    payload: { nonce: presentation.nonce, presentation: presentationHash(presentation) },
    sign,
  })
  return { ...presentation, control }
}
