import { CREDENTIAL_TYP, type Credential, parseCredential } from '../protocol/credential.ts'
import { sourceDevice } from '../protocol/device.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import { decodeJws, verifyJws } from '../protocol/jws.ts'
import { credentialTerms, isSourceSchema } from './credential-terms.ts'
import type { HolderKeys } from './derive-keys.ts'

/** A credential as a wallet keeps it: the `vc+jwt` as its issuer signed it, and what it says. */
export interface HeldCredential {
  jwt: string
  credential: Credential
}

/**
 * Reads a `vc+jwt` that was verified before, such as one from the wallet's own file: its shape, the circuit's signature,
 * and that it is this holder's. The issuer's DID signature is not checked again: `verifyCredential` does.
 * @throws AssayError `malformed`, `credentialInvalid`
 */
export function readCredential(jwt: string, keys: HolderKeys): HeldCredential {
  const credential = parseCredential(decodeJws(jwt).payload)
  assertOwn(credential, keys)
  return { jwt, credential }
}

/**
 * Verifies a `vc+jwt` that an issuer handed out: signed by the issuer's DID, in agreement with itself, and this holder's
 * (subject, binding and DID are those that the holder derives). Whether the issuer is trusted, the registry says.
 * @throws AssayError `malformed`, `credentialInvalid`, and what `resolveKeys` throws (`didUnresolvable`)
 */
export async function verifyCredential(
  jwt: string,
  { keys, resolveKeys }: { keys: HolderKeys; resolveKeys: ResolveKeys },
): Promise<HeldCredential> {
  const held = readCredential(jwt, keys)
  const { issuer } = held.credential
  const issuerKeys = await resolveKeys(issuer)
  if (!(await isSignedByOneOf(jwt, issuerKeys))) {
    throw new AssayError('credentialInvalid', `The credential is not signed by its issuer ${issuer}`)
  }
  return held
}

async function isSignedByOneOf(jwt: string, publicKeys: Uint8Array[]): Promise<boolean> {
  for (const publicKey of publicKeys) {
    try {
      await verifyJws(jwt, { typ: CREDENTIAL_TYP, publicKey })
      return true
    } catch (error) {
      if (!isAssayError(error, 'signatureInvalid')) throw error
    }
  }
  return false
}

function assertOwn(credential: Credential, keys: HolderKeys): void {
  const { issuer, device, schema } = credential
  const terms = credentialTerms(keys, issuer, device)
  const refuse = (reason: string): never => {
    throw new AssayError('credentialInvalid', `The credential is not this wallet's: ${reason}`)
  }
  if (credential.holder !== terms.holder) refuse("it is made out to another DID than the holder's for its issuer")
  if (credential.subject !== terms.subject) refuse("its subject is not the holder's pseudonym for its issuer")
  if (credential.binding !== terms.binding) refuse('its device is bound to another holder')
  if (isSourceSchema(schema) && device !== sourceDevice(issuer)) refuse('its device is not its source')
}
