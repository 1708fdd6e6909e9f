import {
  type CredentialEvidence,
  type HeldCredential,
  type MachineAgent,
  obtainCredential,
  type Wallet,
} from '../holder/index.ts'
import type { RegistryView } from '../registry/index.ts'
import { clock, randomBytes, resolveKeys } from './effects.ts'
import { issuerOf, type ServiceAccess } from './service-access.ts'

/** Gets a credential from the service's issuer for its schema. @throws AssayError as `obtainCredential` does */
export function requestCredential(
  { access, wallet, view }: { access: ServiceAccess; wallet: Wallet; view: RegistryView },
  wanted: MachineAgent & { schema: string; evidence: CredentialEvidence },
): Promise<HeldCredential> {
  const { keys } = wallet
  const request = { keys, issuer: issuerOf(access, wanted.schema), ...wanted }
  return obtainCredential(request, { keys, view, resolveKeys, client: access.client, clock, randomBytes })
}
