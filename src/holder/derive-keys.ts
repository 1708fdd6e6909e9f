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

/** The key of one device's agent. An agent gets this one alone, never a DID key or the secret. */
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
  /** The key with which a device's agent signs heartbeats and measurements. */
  agentKeyFor: (device: bigint) => AgentKey
  /**
   * The session key whose thumbprint is the recipient of every presentation to this audience and context. It is the
   * same after a restart and after restoring the phrase, so settings of a pseudonym stay in reach. It links presentations
   * just as far as their pseudonym does: to one audience under one context, and no further.
   */
  sessionKeyFor: (audience: Audience) => SigningKey
}

/**
 * Derives all keys by HKDF-SHA256 (RFC 5869): input the BIP-39 seed, no salt, one info string a purpose,
 * `assay/1/secret` (31 bytes), `assay/1/did/<audience DID>`, `assay/1/agent/<device, decimal>` and
 * `assay/1/session/<audience DID>[#context]` (32 bytes each, Ed25519 seeds). Known answers in the tests hold them fixed:
 * a change would lose every holder their pseudonyms.
 * @throws AssayError `phraseInvalid`
 */
export function deriveKeys(phrase: string): HolderKeys {
  const parsed = parsePhrase(phrase)
  const seed = phraseSeed(parsed)
  const expand = (purpose: string, bytes: number) =>
    hkdf(sha256, seed, undefined, utf8ToBytes(`assay/1/${purpose}`), bytes)
  const secret = BigInt(`0x${bytesToHex(expand('secret', 31))}`)
  return {
    phrase: () => parsed,
    secret: () => secret,
    didKeyFor: (audienceDid) => {
      const key = signingKey(expand(`did/${nameOf({ did: audienceDid })}`, 32))
      return { ...key, did: didKeyFromEd25519(key.publicKey) }
    },
    agentKeyFor: (device) => {
      const privateKey = expand(`agent/${device}`, 32)
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

function signingKey(privateKey: Uint8Array): SigningKey {
  return {
    publicKey: ed25519.getPublicKey(privateKey),
    sign: async (message) => ed25519.sign(message, privateKey),
  }
}
