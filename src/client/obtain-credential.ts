import {
  addCredential,
  type HeldCredential,
  type HolderKeys,
  type MachineAgent,
  trustOfCredential,
  verifyCredential,
} from '../holder/index.ts'
import { keyId } from '../protocol/did-signer.ts'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import { assertTrustedIssuer, type CredentialEvidence, credentialRequestBody } from './credential-request.ts'
import { issuerOf, type Session } from './session.ts'

/** A credential that is asked for: about a machine, on evidence. */
export interface WantedCredential extends MachineAgent {
  schema: string
  evidence: CredentialEvidence
}

/**
 * Asks the service's issuer of a schema for a credential about a machine, checks it, and adds it to the wallet. An issuer
 * that the registry does not trust is told nothing, least of all the holder's pseudonym for its DID.
 * @throws AssayError `unknownSchema`, `untrustedIssuer`, `credentialInvalid`, and the service's refusals
 */
export async function obtainCredential(session: Session, wanted: WantedCredential): Promise<HeldCredential> {
  const { client, registry, wallet } = session
  const issuer = issuerOf(session, wanted.schema)
  assertTrustedIssuer((await registry.current()).view, issuer, wanted.schema)
  const { keys } = await wallet.read()
  const body = await credentialRequestBody({ ...wanted, keys, issuer }, session)
  const { did, publicKey, sign } = keys.didKeyFor(issuer)
  const jwt = await client.requestCredential(body, { did, kid: keyId(did, publicKey), sign })
  const { schema, device } = wanted
  return acceptCredential(session, { jwt, issuer, schema, device })
}

/**
 * Accepts a credential that a service handed out only if it is the one that was asked for, validly signed, this holder's,
 * and trusted; and adds it to the wallet. `device` is absent for a score, whose device is its source.
 * @throws AssayError `credentialInvalid`, `untrustedIssuer`
 */
export async function acceptCredential(
  session: Pick<Session, 'wallet' | 'registry' | 'resolveKeys' | 'tell'>,
  { jwt, ...wanted }: { jwt: string; issuer: string; schema: string; device?: bigint },
): Promise<HeldCredential> {
  const { wallet, resolveKeys, tell } = session
  const { keys } = await wallet.read()
  const held = await verifyWanted(jwt, wanted, { keys, resolveKeys })
  await assertTrusted(session, held)
  await wallet.change((latest) => addCredential(latest, held))
  tell({ kind: 'credential', held })
  return held
}

async function verifyWanted(
  jwt: string,
  wanted: { issuer: string; schema: string; device?: bigint },
  by: { keys: HolderKeys; resolveKeys: Session['resolveKeys'] },
): Promise<HeldCredential> {
  const held = await verifyCredential(jwt, by)
  const { issuer, schema, device } = held.credential
  const isWanted = issuer === wanted.issuer && schema === wanted.schema && device === (wanted.device ?? device)
  if (isWanted) return held
  throw new AssayError('credentialInvalid', 'The service handed out another credential than was asked for')
}

/** A new credential may be of a list that the copy of the registry does not have yet. */
async function assertTrusted({ registry }: Pick<Session, 'registry'>, { credential }: HeldCredential): Promise<void> {
  try {
    trustOfCredential(credential, (await registry.current()).view)
  } catch (error) {
    if (!isAssayError(error, 'untrustedIssuer')) throw error
    trustOfCredential(credential, (await registry.fetch()).view)
  }
}
