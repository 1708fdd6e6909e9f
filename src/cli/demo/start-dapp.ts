import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { didSignerFromKey, type PolicyJson, type Replay } from '../../protocol/index.ts'
import { loadVerifyingArtifacts } from '../../storage/circuit-artifacts.ts'
import { createDapp, type Limits } from '../../verifier/index.ts'
import { randomBytes } from '../effects.ts'

export interface DemoDapp {
  did: string
  url: string
  /** Whole milliseconds that each verification took inside the dapp. */
  verifyMs: number[]
  close: () => Promise<void>
}

export interface DappSettings {
  /** The service whose registry the dapp trusts. */
  service: string
  registryId: string
  limits: Partial<Limits>
}

/** What the dapp asks for is the caller's choice here, so that the demo can show what happens to other questions. */
export interface DappQuestion {
  purpose: string
  policies: PolicyJson[]
  replay?: Replay
}

/**
 * A dapp over real HTTP: it signs its own requests and checks the answers itself, with nothing of the service's but the
 * registry's published roots. `POST /requests` gives a signed request, `POST /presentations` takes the answer.
 */
export async function startDapp({ service, registryId, limits }: DappSettings): Promise<DemoDapp> {
  const { record, verificationKey } = await loadVerifyingArtifacts()
  const signer = didSignerFromKey(randomBytes(32))
  const dapp = await createDapp({
    ...signer,
    service,
    registryId,
    limits,
    key: { key: verificationKey, record, circuit: record.id, production: false },
    keepRootsSeconds: 0,
  })
  const verifyMs: number[] = []
  const app = express()
  app.use(express.json({ limit: '64kb' }))
  app.post('/requests', async (request, response) => {
    response.json({ request: await dapp.request(request.body as DappQuestion) })
  })
  app.post('/presentations', async (request, response) => {
    const begin = performance.now()
    const result = await dapp.verify(request.body)
    verifyMs.push(Math.round(performance.now() - begin))
    response.json(
      result.ok
        ? { ok: true, retry: result.retry, pseudonym: String(result.pseudonym) }
        : { ok: false, code: result.code, message: result.message },
    )
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    did: signer.did,
    url: `http://127.0.0.1:${port}`,
    verifyMs,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close').catch(() => undefined)
    },
  }
}
