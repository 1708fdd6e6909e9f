import {
  type AgentKey,
  type CredentialEvidence,
  credentialRequestBody,
  type HeldCredential,
  verifyCredential,
  type Wallet,
} from '../holder/index.ts'
import { AssayError, type DidSigner, keyId } from '../protocol/index.ts'
import type { RegistryView } from '../registry/index.ts'
import { clock, randomBytes, resolveKeys } from './effects.ts'
import { issuerOf, type ServiceAccess } from './service-access.ts'

/** Asks the service's issuer for a credential, and takes it only if it is validly signed, this holder's, and trusted. */
export async function requestCredential(
  { access, wallet, view }: { access: ServiceAccess; wallet: Wallet; view: RegistryView },
  wanted: { schema: string; device: bigint; agentKey: AgentKey; evidence: CredentialEvidence },
): Promise<HeldCredential> {
  const { keys } = wallet
  const issuer = issuerOf(access, wanted.schema)
  const body = await credentialRequestBody({ keys, issuer, ...wanted }, { clock, randomBytes })
  const { did, publicKey, sign } = keys.didKeyFor(issuer)
  const signer: DidSigner = { did, kid: keyId(did, publicKey), sign }
  const jwt = await access.client.requestCredential(body, signer)
  const held = await verifyCredential(jwt, { keys, resolveKeys })
  const { credential } = held
  if (credential.issuer !== issuer || credential.schema !== wanted.schema || credential.device !== wanted.device) {
    throw new AssayError('credentialInvalid', 'The service handed out another credential than was asked for')
  }
  if (view.trustPath(credential) === undefined) {
    const message = `The registry does not trust ${issuer} for ${wanted.schema}: its credential would prove nothing`
    throw new AssayError('untrustedIssuer', message, { issuer })
  }
  return held
}
