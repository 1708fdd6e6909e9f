import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { fromBase64url } from '../protocol/bytes.ts'
import { type DidSigner, keyId } from '../protocol/did-signer.ts'
import type { Sign } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import type { Agent } from './create-agent.ts'
import { createDidDocument, type PublishedDidDocument } from './did-document.ts'
import { didWebLocation } from './did-web.ts'

/** Signs (Ed25519, raw bytes) with the DID's first key, which stays in the agent's key management. */
export async function signerFor(agent: Agent, did: string): Promise<Sign> {
  return (await didSignerFor(agent, did)).sign
}

/** The same with the DID and the id of that key, as JWTs and signed requests want it. @throws AssayError `notFound` */
export async function didSignerFor(agent: Agent, did: string): Promise<DidSigner> {
  const [identifier] = (await agent.didManagerFind()).filter((candidate) => candidate.did === did)
  const key = identifier?.keys.find(({ type }) => type === 'Ed25519')
  if (key === undefined) throw new AssayError('notFound', `There is no signing key for ${did}`)
  const sign: Sign = async (message) => {
    const data = bytesToHex(message)
    return fromBase64url(await agent.keyManagerSign({ keyRef: key.kid, algorithm: 'EdDSA', data, encoding: 'base16' }))
  }
  return { did, kid: keyId(did, hexToBytes(key.publicKeyHex)), sign }
}

export type WebDidDocument = { host: string; path: string; document: PublishedDidDocument }

/** The document of every did:web of this agent, with the host and the path (`/.well-known/did.json` for a host's own) to serve it at. */
export async function webDidDocuments(agent: Agent): Promise<WebDidDocument[]> {
  const identifiers = await agent.didManagerFind({ provider: 'did:web' })
  return identifiers.flatMap(({ did, keys }) => {
    const publicKeys = keys.filter(({ type }) => type === 'Ed25519').map(({ publicKeyHex }) => hexToBytes(publicKeyHex))
    const location = didWebLocation(did)
    return location === undefined ? [] : [{ ...location, document: createDidDocument(did, publicKeys) }]
  })
}
