import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { didKeyFromEd25519, ed25519FromDidKey } from '../../src/protocol/did.ts'
import type { ResolveKeys } from '../../src/protocol/effects.ts'
import {
  type Action,
  addressOf,
  type BootClock,
  type Cause,
  entryHash,
  type Genesis,
  type LogEntry,
  proveKeyPossession,
  type RootStatement,
  registryId,
  type Signer,
  signHash,
  signRoot,
  type Witness,
  withSignatures,
  zGenesis,
  zLogEntry,
  zRootStatement,
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

/** A witness: a signer with an Ethereum account too. */
export function makeWitness(name: string): Witness {
  const account = sha256(utf8ToBytes(`secp256k1 ${name}`))
  return { ...makeSigner(name), address: addressOf(account), signHash: async (hash) => signHash(hash, account) }
}

export function circuitKey(name: string): Uint8Array {
  return sha256(utf8ToBytes(`babyjubjub ${name}`))
}

export const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]

export const START = 1_800_000_000

export const governors = makeSigners('governor', 3)
export const witnesses = [0, 1, 2].map((i) => makeWitness(`witness ${i}`))

/** START begins an interval, of this number. */
export const INTERVAL = 300
export const NUMBER = START / INTERVAL

/** Two of three govern, two of three witness. */
export const genesis: Genesis = zGenesis.parse({
  type: 'AssayRegistryGenesis',
  version: 1,
  governors: governors.map(({ did }) => did),
  governorThreshold: 2,
  witnesses: witnesses.map(({ did, address }) => ({ did, address })),
  witnessThreshold: 2,
  chain: 'none',
  intervalSeconds: INTERVAL,
  stepSeconds: 3600,
  createdAt: START,
})
export const id = registryId(genesis)

type Trust = Extract<Action, { type: 'trust' }>

/** The action that trusts an issuer, made with that issuer's real keys. */
export async function trustAction(
  issuer: Signer,
  options: { registry?: string; schema?: string; list?: number; sourceCap?: number; key?: string } = {},
): Promise<Trust> {
  const { registry = id, schema = HARDWARE, list = 0, sourceCap = 2, key = issuer.did } = options
  const claim = { registryId: registry, issuer: issuer.did, schema, list }
  const possession = await proveKeyPossession(claim, circuitKey(key), issuer)
  return { type: 'trust', issuer: issuer.did, schema, list, sourceCap, ...possession }
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

/** A root statement that names some cut, signed by two witnesses unless told. */
export async function makeRoot(
  number: number,
  root: bigint | number,
  { sub = 0, signers = witnesses.slice(0, 2), ...change }: Partial<RootStatement> & { signers?: Witness[] } = {},
): Promise<RootStatement> {
  const cause: Cause | null = sub === 0 ? null : { type: 'entry', seq: 1 }
  const body = {
    type: 'AssayRegistryRoot' as const,
    registryId: id,
    chain: 'none' as const,
    number,
    sub,
    cut: id,
    cause,
    logHead: id,
    root: String(root),
    issuedAt: number * INTERVAL,
    ...change,
  }
  const signatures = await Promise.all(signers.map((signer) => signRoot(body, signer)))
  return zRootStatement.parse({ ...body, signatures })
}

/** A boot clock that a test moves along with its wall clock, or not. */
export function makeBootClock(seconds: () => number, boot = 'this boot'): () => BootClock {
  return () => ({ boot, seconds: seconds() })
}
