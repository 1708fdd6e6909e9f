import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HARDWARE } from '../../src/protocol/index.ts'
import {
  addressOf,
  createRegistry,
  govern,
  proveKeyPossession,
  publishDue,
  type Registry,
  readSnapshot,
  signHash,
} from '../../src/registry/index.ts'
import { loadVerifyingArtifacts } from '../../src/storage/circuit-artifacts.ts'
import { openDatabase } from '../../src/storage/open-database.ts'
import { createRegistryStore } from '../../src/storage/registry-store.ts'
import {
  createMemoryStore,
  createProofRequest,
  loadVerificationKey,
  type ProofRequestOptions,
  signProofRequest,
  verifyPresentation,
} from '../../src/verifier/index.ts'
import { digest, issuer, type Party, party, resolveKeys } from '../holder/fixture.ts'
import { freshFolder } from './databases.ts'
import { nowSeconds as clock, randomBytes } from './http.ts'

/** A registry that trusts one issuer of hardware, served over HTTP, and a dapp that relies on it. */
export async function openDappWorld() {
  const office = issuer('office')
  const dapp = party('dapp')
  const { target, remove } = await freshFolder()
  const database = await openDatabase(target, { maxConnections: 2 })
  const registry = await openRegistry(database.db, office)
  let fetches = 0
  const server = createServer((_, response) => {
    fetches++
    readSnapshot(registry).then((snapshot) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(snapshot))
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    office,
    dapp: await openDapp(registry, dapp),
    registryId: registry.registryId,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fetches: () => fetches,
    close: async () => {
      await closeServer(server)
      await database.close()
      await remove()
    },
  }
}

async function openRegistry(db: Parameters<typeof createRegistryStore>[0], office: ReturnType<typeof issuer>) {
  const [governor, witness] = [party('governor'), party('witness')]
  const key = digest('account of the witness')
  const witnesses = [{ ...witness, address: addressOf(key), signHash: async (hash: Uint8Array) => signHash(hash, key) }]
  const bootClock = () => ({ boot: 'test', seconds: clock() })
  const effects = { store: createRegistryStore(db), clock, bootClock, resolveKeys, witnesses }
  // its one root is to be fresh for as long as the tests take
  const intervalSeconds = 86_400
  const registry = await createRegistry(effects, { governors: [governor.did], witnesses, intervalSeconds })
  const named = { issuer: office.did, schema: HARDWARE, list: 0 }
  const possession = await proveKeyPossession(
    { registryId: registry.registryId, ...named },
    office.circuitKey,
    party('office'),
  )
  await govern(registry, { type: 'trust', ...named, sourceCap: 3, ...possession }, [governor])
  await publishDue(registry)
  return registry
}

async function openDapp(registry: Registry, { did, sign }: Party) {
  const { record, verificationKey } = await loadVerifyingArtifacts()
  const key = await loadVerificationKey({ key: verificationKey, record, circuit: record.id, production: false })
  const store = createMemoryStore()
  const { intervalSeconds, stepSeconds } = registry.genesis
  const roots = async () => {
    const { number, sub, root } = (await readSnapshot(registry)).statement
    return { registry: registry.registryId, intervalSeconds, stepSeconds, roots: [{ number, sub, root: BigInt(root) }] }
  }
  return {
    did,
    request: async (asked: Pick<ProofRequestOptions, 'policies' | 'purpose'>): Promise<string> => {
      const options = { ...asked, audience: { did }, circuit: record.id, registry: registry.registryId }
      const request = createProofRequest(options, { now: clock(), stepSeconds, randomBytes })
      await store.issue(request)
      return signProofRequest(request, { did, sign })
    },
    verify: (presentation: unknown) =>
      verifyPresentation({ audience: { did }, presentation }, { key, store, roots, clock }),
  }
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((closed) => {
    server.close(() => closed())
  })
}
