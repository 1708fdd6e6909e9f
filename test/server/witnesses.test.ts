import { describe, expect, it } from 'vitest'
import { type PendingRoot, signRoot, verifySnapshot, type Witness } from '../../src/registry/index.ts'
import type { ServiceSettings } from '../../src/server/config.ts'
import { makeWitness, resolveKeys } from '../registry/world.ts'
import { freshDatabase, kinds } from '../shared/databases.ts'
import { nowSeconds, problemOf, send } from '../shared/http.ts'
import { startTestService } from '../shared/test-service.ts'

const [alice, bob] = [makeWitness('alice'), makeWitness('bob')]
const nameOf = ({ did, address }: Witness) => ({ did, address })

describe('a service that founds a registry with witnesses elsewhere', { timeout: 120_000 }, () => {
  it.each(kinds)('starts without their signatures, and has a root once one of them signed (%s)', async (kind) => {
    const { target, remove } = await freshDatabase(kind)
    const start = (settings: ServiceSettings) => {
      // one interval for the whole test
      return startTestService({ intervalSeconds: 86_400, ...settings }, { database: target })
    }
    const witnesses = [alice, bob].map(nameOf)
    const first = await start({ witnesses, witnessThreshold: 2 })
    const { url, service } = first
    const { registryId, genesis } = service.registry
    expect(genesis).toMatchObject({ witnesses: [{ did: service.dids.witness.did }, ...witnesses], witnessThreshold: 2 })
    const { statement } = (await send(`${url}/v1/registry/cut`)).json as PendingRoot
    const { number, sub } = statement
    const facts = { number, sub, signatures: 1, threshold: 2, missing: `${alice.did} ${bob.did}` }
    for (const path of ['/readyz', '/v1/registry', `/v1/registry/delta?since=${number}`]) {
      const problem = problemOf(await send(url + path))
      expect(problem, path).toMatchObject({ status: 503, code: 'rootPending', facts })
      expect(problem.detail).toContain(alice.did)
    }
    expect((await send(`${url}/v1/registry/roots`)).json).toMatchObject({ statements: [] })

    const deliver = async (witness: Witness) => {
      const { signatures: _, ...body } = statement
      const signature = await signRoot(body, witness)
      return send(`${url}/v1/registry/signatures`, { body: { number, sub, signature } })
    }
    expect(problemOf(await deliver(makeWitness('mallory')))).toMatchObject({ code: 'notEnoughSignatures' })
    expect((await send(`${url}/readyz`)).status).toBe(503)
    expect((await deliver(bob)).status).toBe(200)
    expect((await send(`${url}/readyz`)).status).toBe(200)
    const snapshot = (await send(`${url}/v1/registry`)).json
    expect((await verifySnapshot(snapshot, { registryId, resolveKeys, now: nowSeconds() })).number).toBe(number)
    await first.stop()

    for (const [changed, settings] of [
      ['witnesses', { witnesses: witnesses.slice(0, 1), witnessThreshold: 2 }],
      ['witnesses', { witnesses: [] }],
      ['witnessThreshold', { witnesses, witnessThreshold: 3 }],
    ] as const) {
      const detail = { registryId, changed: expect.stringContaining(changed) }
      await expect(start(settings as ServiceSettings)).rejects.toMatchObject({ code: 'configInvalid', detail })
    }
    const later = await start({})
    expect(later.service.registry.registryId).toBe(registryId)
    await later.stop()
    await remove()
  })
})
