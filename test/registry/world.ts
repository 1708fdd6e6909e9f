import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { didKeyFromEd25519, ed25519FromDidKey } from '../../src/protocol/did.ts'
import type { ResolveKeys } from '../../src/protocol/effects.ts'
import {
  type Action,
  entryHash,
  type Genesis,
  type LogEntry,
  proveKeyPossession,
  registryId,
  type Signer,
  withSignatures,
  zGenesis,
  zLogEntry,
} from '../../src/registry/index.ts'

/** Real keys, the same in every run: parties are told apart by their names. */
export function makeSigner(name: string): Signer {
  const secretKey = sha256(utf8ToBytes(`ed25519 ${name}`))
  return {
    did: didKeyFromEd25519(ed25519.getPublicKey(secretKey)),
    sign: async (message) => ed25519.sign(message, secretKey),
  }
}

export function makeSigners(name: string, count: number): Signer[] {
  return Array.from({ length: count }, (_, i) => makeSigner(`${name} ${i}`))
}

export function circuitKey(name: string): Uint8Array {
  return sha256(utf8ToBytes(`babyjubjub ${name}`))
}

export const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]

export const START = 1_800_000_000

export const governors = makeSigners('governor', 3)
export const witnesses = makeSigners('witness', 3)

/** Two of three govern, two of three witness. */
export const genesis: Genesis = zGenesis.parse({
  type: 'AssayRegistryGenesis',
  version: 1,
  governors: governors.map(({ did }) => did),
  governorThreshold: 2,
  witnesses: witnesses.map(({ did }) => did),
  witnessThreshold: 2,
  chain: 'none',
  createdAt: START,
})
export const id = registryId(genesis)

type Trust = Extract<Action, { type: 'trust' }>

/** The action that trusts an issuer, made with that issuer's real keys. */
export async function trustAction(
  issuer: Signer,
  options: { registry?: string; schema?: string; list?: number; assuranceCap?: number; key?: string } = {},
): Promise<Trust> {
  const { registry = id, schema = HARDWARE, list = 0, assuranceCap = 2, key = issuer.did } = options
  const claim = { registryId: registry, issuer: issuer.did, schema, list }
  const possession = await proveKeyPossession(claim, circuitKey(key), issuer)
  return { type: 'trust', issuer: issuer.did, schema, list, assuranceCap, ...possession }
}

/** A log entry after these, signed by the governors given (the first two unless told). */
export async function nextEntry(
  entries: readonly LogEntry[],
  action: Action,
  { signers = governors.slice(0, 2), issuedAt = START + 1 + entries.length, of = genesis } = {},
): Promise<LogEntry> {
  const last = entries.at(-1)
  const body = {
    type: 'AssayRegistryEntry' as const,
    registryId: registryId(of),
    chain: 'none' as const,
    seq: entries.length + 1,
    previous: last === undefined ? registryId(of) : entryHash(last),
    issuedAt,
    action,
  }
  return zLogEntry.parse(await withSignatures(body, signers))
}

/** A log of these actions, each signed by the first two governors. */
export async function makeLog(actions: readonly Action[]): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  for (const action of actions) entries.push(await nextEntry(entries, action))
  return entries
}

/** The promise's rejection, for checks of code, message and detail. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('was not refused')
    },
    (error: unknown) => error,
  )
}
