import { ed25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { type Audience, didKeyFromEd25519, zContext, zDid } from '../protocol/did.ts'
import type { Sign } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { parsePhrase, phraseSeed } from './recovery-phrase.ts'

/** An Ed25519 key that signs but does not show its private half. */
export interface SigningKey {
  /** 32 bytes. */
  publicKey: Uint8Array
  sign: Sign
}

/** The key of one of the holder's DIDs. */
export interface DidKey extends SigningKey {
  did: string
}

/** The key of one machine's agent. An agent gets this one alone, never a DID key or the secret. */
export interface AgentKey extends SigningKey {
  /** The 32 bytes that the agent keeps on its machine. */
  exportPrivateKey: () => Uint8Array
}

/**
 * Everything that a recovery phrase yields. Secrets are behind functions, so that printing a wallet shows none.
 */
export interface HolderKeys {
  phrase: () => string
  /** 248 bits, below the field order. There is no rotation: another secret is another holder. */
  secret: () => bigint
  /** The DID under which the holder signs to one audience: another for each, so that DIDs don't link audiences. */
  didKeyFor: (audienceDid: string) => DidKey
  /** The id of the holder's machine with this number, from 0: a lost disk finds the same machine again. 32 hex digits. */
  machineIdFor: (machine: number) => string
  /**
   * The key with which a machine's agent signs heartbeats and measurements. A higher generation ends the lower ones: whoever
   * had root on the machine may have copied the key.
   */
  agentKeyFor: (machine: number, generation: number) => AgentKey
  /**
   * The session key whose thumbprint is the recipient of every presentation to this audience and context. It is the
   * same after a restart and after restoring the phrase, so settings of a pseudonym stay in reach. It links presentations
   * just as far as their pseudonym does: to one audience under one context, and no further.
   */
  sessionKeyFor: (audience: Audience) => SigningKey
}

/**
 * Derives all keys by HKDF-SHA256 (RFC 5869): input the BIP-39 seed, no salt, one info string a purpose,
 * `assay/secret` (31 bytes), `assay/machine/<number>` (16 bytes), `assay/did/<audience DID>`,
 * `assay/agent/<machine number>/<generation>` and `assay/session/<audience DID>[#context]` (32 bytes each, Ed25519 seeds).
 * Known answers in the tests hold them fixed: a change would lose every holder their pseudonyms.
 * @throws AssayError `phraseInvalid`
 */
export function deriveKeys(phrase: string): HolderKeys {
  const parsed = parsePhrase(phrase)
  const seed = phraseSeed(parsed)
  const expand = (purpose: string, bytes: number) =>
    hkdf(sha256, seed, undefined, utf8ToBytes(`assay/${purpose}`), bytes)
  const secret = BigInt(`0x${bytesToHex(expand('secret', 31))}`)
  return {
    phrase: () => parsed,
    secret: () => secret,
    didKeyFor: (audienceDid) => {
      const key = signingKey(expand(`did/${nameOf({ did: audienceDid })}`, 32))
      return { ...key, did: didKeyFromEd25519(key.publicKey) }
    },
    machineIdFor: (machine) => bytesToHex(expand(`machine/${countOf('machine number', machine)}`, 16)),
    agentKeyFor: (machine, generation) => {
      const place = `${countOf('machine number', machine)}/${countOf('generation', generation)}`
      const privateKey = expand(`agent/${place}`, 32)
      return { ...signingKey(privateKey), exportPrivateKey: () => privateKey.slice() }
    },
    sessionKeyFor: (audience) => signingKey(expand(`session/${nameOf(audience)}`, 32)),
  }
}

/** The agent's side: its key from the 32 bytes that the wallet exported. */
export function openAgentKey(privateKey: Uint8Array): SigningKey {
  return signingKey(privateKey)
}

/** An audience in one string: a DID holds no `#`, so the context can't be mistaken for a part of it. */
function nameOf({ did, context }: Audience): string {
  if (!zDid.safeParse(did).success) throw new AssayError('malformed', `An audience must be a DID, got ${did}`)
  if (context === undefined) return did
  if (!zContext.safeParse(context).success)
    throw new AssayError('malformed', 'A context has 1 to 128 printable characters')
  return `${did}#${context}`
}

/** A whole number from 0, so that one place has one info string. @throws RangeError */
function countOf(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new RangeError(`The ${name} is a whole number from 0, got ${value}`)
}

function signingKey(privateKey: Uint8Array): SigningKey {
  return {
    publicKey: ed25519.getPublicKey(privateKey),
    sign: async (message) => ed25519.sign(message, privateKey),
  }
}
