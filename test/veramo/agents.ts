import { createAgent, type IDIDManager, type IKeyManager, type IResolver, type TAgent } from '@veramo/core'
import { DIDManager, MemoryDIDStore } from '@veramo/did-manager'
import { getDidKeyResolver, KeyDIDProvider } from '@veramo/did-provider-key'
import { DIDResolverPlugin } from '@veramo/did-resolver'
import { KeyManager, MemoryKeyStore, MemoryPrivateKeyStore } from '@veramo/key-manager'
import { KeyManagementSystem } from '@veramo/kms-local'
import { createServiceClient } from '../../src/client/index.ts'
import { createWallet } from '../../src/holder/index.ts'
import { createProver } from '../../src/holder/prove.ts'
import { signerFor } from '../../src/identity/index.ts'
import { loadProvingArtifacts, loadVerifyingArtifacts } from '../../src/storage/circuit-artifacts.ts'
import {
  type AssayPluginOptions,
  createAssayPlugin,
  type HolderOptions,
  type IAssay,
  keepInMemory,
} from '../../src/veramo/index.ts'
import { createDapp, type Dapp } from '../../src/verifier/index.ts'
import { nowSeconds as clock, randomBytes } from '../shared/http.ts'
import type { createTestProvider } from '../shared/test-provider.ts'

/** Veramo agents as a program has them, on Veramo's own plugins, to which ours is added. */

export type ExampleAgent = TAgent<IDIDManager & IKeyManager & IResolver & IAssay>

export function exampleAgent(options?: AssayPluginOptions, schemaValidation = true): ExampleAgent {
  return createAgent<IDIDManager & IKeyManager & IResolver & IAssay>({
    schemaValidation,
    plugins: [
      new KeyManager({
        store: new MemoryKeyStore(),
        kms: { local: new KeyManagementSystem(new MemoryPrivateKeyStore()) },
      }),
      new DIDManager({
        store: new MemoryDIDStore(),
        defaultProvider: 'did:key',
        providers: { 'did:key': new KeyDIDProvider({ defaultKms: 'local' }) },
      }),
      new DIDResolverPlugin(getDidKeyResolver()),
      ...(options === undefined ? [] : [createAssayPlugin(options)]),
    ],
  })
}

/** How a plugin reaches a service. */
export async function reach(url: string) {
  const service = createServiceClient(url, { fetch, clock, randomBytes })
  const { registryId } = await service.describe()
  return { service, registryId, clock, randomBytes }
}

/** A holder's agent, its wallet empty but for the provider's phrase, and what it was asked to approve. */
export async function holderAgent(url: string, { keys }: Awaited<ReturnType<typeof createTestProvider>>) {
  const { record, wasm, zkey } = await loadProvingArtifacts()
  const prove = createProver({ wasm, zkey })
  const asked: Parameters<HolderOptions['approve']>[] = []
  const answers = { approve: true }
  const counts = { proofs: 0 }
  const wallet = keepInMemory(createWallet(keys.phrase()))
  const holder: HolderOptions = {
    wallet,
    prover: {
      circuit: record.id,
      prove: (inputs) => {
        counts.proofs++
        return prove(inputs)
      },
    },
    approve: (...question) => {
      asked.push(question)
      return answers.approve
    },
  }
  const options = { ...(await reach(url)), holder }
  return { agent: exampleAgent(options), options, wallet, asked, answers, counts }
}

/** A dapp's agent: it signs requests under a DID that Veramo manages. */
export async function dappAgent(url: string): Promise<{ agent: ExampleAgent; dapp: Dapp; did: string }> {
  const identities = exampleAgent()
  const { did } = await identities.didManagerCreate({ alias: 'dapp' })
  const sign = await signerFor(identities, did)
  const { record, verificationKey } = await loadVerifyingArtifacts()
  const access = await reach(url)
  const dapp = await createDapp({
    did,
    sign,
    service: url,
    registryId: access.registryId,
    key: { key: verificationKey, record, circuit: record.id, production: false },
    keepRootsSeconds: 0,
  })
  return { agent: exampleAgent({ ...access, dapp }), dapp, did }
}

/** Notes every argument and result of an agent: what Veramo itself would log. */
export function listenTo(agent: ExampleAgent): unknown[] {
  const said: unknown[] = []
  const execute = agent.execute.bind(agent)
  agent.execute = async <A, R>(method: string, args: A): Promise<R> => {
    const result = await execute<A, R>(method, args)
    said.push(args, result)
    return result
  }
  return said
}
