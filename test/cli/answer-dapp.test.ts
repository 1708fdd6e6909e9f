import { access, readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCredential } from '../../src/holder/read-credential.ts'
import { addCredential, createWallet, deviceOfMachine, putMachine } from '../../src/holder/wallet.ts'
import { HARDWARE, type PolicyInput, zRefusal } from '../../src/protocol/index.ts'
import { createWalletFile, readWalletFile } from '../../src/storage/wallet-file.ts'
import { keys, measured, PHRASE } from '../holder/fixture.ts'
import { openDappWorld } from '../shared/dapp-world.ts'
import { nowSeconds } from '../shared/http.ts'
import { type Home, makeHome, PASSPHRASE } from './run-assay.ts'

let world: Awaited<ReturnType<typeof openDappWorld>>
let home: Home

beforeAll(async () => {
  world = await openDappWorld()
  home = await makeHome()
  let wallet = putMachine(createWallet(PHRASE), { number: 0, generation: 0, members: [] })
  const device = deviceOfMachine(wallet, 0)
  const claims = { vramMiB: measured(24_576n), gops: measured(41_000n), gpuCount: measured(2n) }
  const [issuedAt, expiresAt] = [nowSeconds() - 60, nowSeconds() + 86_400]
  const terms = world.office.terms(device)
  const jwt = await world.office.issue({ schema: HARDWARE, claims, terms, issuedAt, expiresAt })
  wallet = addCredential(wallet, readCredential(jwt, keys))
  const registry = { registryId: world.registryId, serviceUrls: [world.url] }
  await createWalletFile(home.path('.assay/wallet.age'), PASSPHRASE, { ...wallet, registry }, { workFactor: 4 })
})
afterAll(async () => {
  await home?.remove()
  await world?.close()
})

const told = async () => (await readWalletFile(home.path('.assay/wallet.age'), PASSPHRASE)).told

/** Has the wallet answer a dapp, as a process. */
async function present(claims: PolicyInput['claims'], flags: string[], { json = false } = {}) {
  const policies = [{ schema: HARDWARE, claims }]
  await writeFile(home.path('request.jwt'), await world.dapp.request({ purpose: 'renting a machine', policies }))
  const args = ['present', '--request', home.path('request.jwt'), ...flags]
  return home.assay(json ? [...args, '--json'] : args)
}

describe('assay present --request', () => {
  it('needs somebody who agrees, and tells nothing otherwise', async () => {
    const { code, stdout, stderr } = await present({ vramMiB: { min: '8192' } }, [])
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain('Confirmation needs a terminal')
    expect(stderr).toContain(`${world.dapp.did} asks, for the purpose “renting a machine”.`)
    expect(stderr).toContain("at least 8192 MiB (measured or attested by the hardware's vendor).")
    expect(stderr).toMatch(/Of all machines, about \d+ of 10000 would still fit what \S+ knows then\./)
    expect(await told()).toEqual([])
  })

  it('says when it had to fetch the registry, and uses the copy the next time', async () => {
    const before = world.fetches()
    expect(before).toBe(1)
    const { stderr } = await present({ vramMiB: { min: '8192' } }, [])
    expect(stderr).not.toContain('fetched just now')
    expect(world.fetches()).toBe(before)
    await writeFile(home.path('.assay/registry.json'), '{')
    expect((await present({ vramMiB: { min: '8192' } }, [])).stderr).toContain('so it was fetched just now')
    expect(world.fetches()).toBe(before + 1)
  })

  it('answers, and the dapp accepts; what that told is in the wallet', async () => {
    const out = home.path('answer.json')
    const { code, stdout } = await present({ vramMiB: { min: '8192' } }, ['--yes', '--out', out], { json: true })
    const result = JSON.parse(stdout) as { machinesLeft: number; pseudonym: string }
    expect([code, result.machinesLeft > 50]).toEqual([0, true])
    const verdict = await world.dapp.verify(JSON.parse(await readFile(out, 'utf8')))
    expect(verdict).toMatchObject({ ok: true, pseudonym: BigInt(result.pseudonym) })
    expect(await told()).toMatchObject([{ audience: world.dapp.did, answered: 1, declined: 0 }])
  })

  it('hands the dapp one word where it can not answer, and the holder the reason', async () => {
    const out = home.path('unmet.json')
    const { code, stderr } = await present({ vramMiB: { min: '81920' } }, ['--yes', '--out', out])
    expect(code).toBe(1)
    expect(stderr).toContain('Refused (policyNotMet)')
    const text = await readFile(out, 'utf8')
    expect(zRefusal.parse(JSON.parse(text))).toMatchObject({ type: 'AssayRefusal', code: 'declined' })
    expect(text).not.toContain('vramMiB')
    expect(await told()).toMatchObject([{ claims: { vramMiB: [[8192n, 81_919n]] }, answered: 1, declined: 1 }])
  })

  it('and the same where it tells too much, to standard output, unless the holder insists', async () => {
    const narrow = { vramMiB: { min: '24576', max: '24576' }, gops: { min: '41000', max: '41000' } }
    const declined = await present(narrow, ['--yes'])
    expect(declined.code).toBe(1)
    expect(declined.stderr).toContain('Refused (budgetExceeded)')
    expect(zRefusal.parse(JSON.parse(declined.stdout)).code).toBe('declined')
    const before = await told()
    const insisted = await present(narrow, ['--yes', '--insist'], { json: true })
    const { machinesLeft, warnings } = JSON.parse(insisted.stdout) as {
      machinesLeft: number
      warnings: { code: string }[]
    }
    expect([insisted.code, machinesLeft < 10]).toEqual([0, true])
    expect(warnings.map(({ code }) => code)).toContain('fewMachines')
    expect(before).toMatchObject([{ answered: 1 }])
    expect(await told()).toMatchObject([{ answered: 2, claims: { vramMiB: [[24_576n, 24_576n]] } }])
  })

  it('writes no answer for a request that the dapp did not sign', async () => {
    await writeFile(home.path('forged.jwt'), 'a.b.c')
    const out = home.path('forged.json')
    const forged = await home.json(['present', '--request', home.path('forged.jwt'), '--yes', '--out', out])
    expect(forged).toMatchObject({ code: 1, result: { code: 'malformed' } })
    await expect(access(out)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
