import {
  createAgent as createVeramoAgent,
  type IDIDManager,
  type IKeyManager,
  type IResolver,
  type TAgent,
} from '@veramo/core'
import { DIDManager } from '@veramo/did-manager'
import { JwkDIDProvider } from '@veramo/did-provider-jwk'
import { KeyDIDProvider } from '@veramo/did-provider-key'
import { WebDIDProvider } from '@veramo/did-provider-web'
import { DIDResolverPlugin } from '@veramo/did-resolver'
import { KeyManager } from '@veramo/key-manager'
import { KeyManagementSystem } from '@veramo/kms-local'
import type { Resolver } from 'did-resolver'
import type { IdentityStores } from './stores.ts'

/** A Veramo agent that manages keys and DIDs, and resolves DIDs. */
export type Agent = TAgent<IDIDManager & IKeyManager & IResolver>

/** The one key management system of the agent. */
export const KMS = 'local'

/** Takes the did:web from the option `host`, so that the alias stays free to name the role. */
class RoleWebDidProvider extends WebDIDProvider {
  override createIdentifier(...[args, context]: Parameters<WebDIDProvider['createIdentifier']>) {
    return super.createIdentifier({ ...args, alias: (args.options as { host: string }).host }, context)
  }
}

/** An agent on Veramo's own plugins, with keys and DIDs in our stores. */
export function createAgent(
  stores: Pick<IdentityStores, 'keys' | 'privateKeys' | 'dids'>,
  { resolver }: { resolver: Resolver },
): Agent {
  return createVeramoAgent<IDIDManager & IKeyManager & IResolver>({
    plugins: [
      new KeyManager({ store: stores.keys, kms: { [KMS]: new KeyManagementSystem(stores.privateKeys) } }),
      new DIDManager({
        store: stores.dids,
        defaultProvider: 'did:key',
        providers: {
          'did:key': new KeyDIDProvider({ defaultKms: KMS }),
          'did:jwk': new JwkDIDProvider({ defaultKms: KMS }),
          'did:web': new RoleWebDidProvider({ defaultKms: KMS }),
        },
      }),
      new DIDResolverPlugin({ resolver }),
    ],
  })
}
