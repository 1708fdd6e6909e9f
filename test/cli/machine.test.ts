import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readCredential } from '../../src/holder/index.ts'
import { COMPUTE, zField } from '../../src/protocol/index.ts'
import { readWalletFile } from '../../src/storage/wallet-file.ts'
import { startTestService, type TestService } from '../shared/test-service.ts'
import { type Home, makeHome, PASSPHRASE } from './run-assay.ts'

/* A card that is sold: released by one holder, and enrolled by the next. The card is one that nvidia-smi would report. */

const CARD = '0a7b1c2d-3e4f-5061-7283-94a5b6c7d8e9'
const text = z.string().refine((value) => zField.safeParse(value).success)

let service: TestService
let seller: Home
let buyer: Home
let env: Record<string, string>

beforeAll(async () => {
  service = await startTestService({ intervalSeconds: 2 })
  ;[seller, buyer] = [await makeHome(), await makeHome()]
  env = { PATH: `${await folderWithCard(seller)}:${process.env.PATH}`, ASSAY_SERVICE: service.url }
})
afterAll(async () => {
  await service?.stop()
  await seller?.remove()
  await buyer?.remove()
})

/** A folder with an nvidia-smi that reports one card, in the format that the real one documents. */
async function folderWithCard(home: Home): Promise<string> {
  const { outputs } = JSON.parse(await readFile('test/vectors/nvidia-smi.json', 'utf8')) as {
    outputs: Record<string, string>
  }
  const [line] = outputs.twoCards!.split('\n')
  const folder = home.path('bin')
  await mkdir(folder)
  await writeFile(`${folder}/nvidia-smi`, `#!/bin/sh\necho '${line}'\n`)
  await chmod(`${folder}/nvidia-smi`, 0o755)
  return folder
}

const members = async (home: Home) => {
  const { result } = await home.json(['wallet', 'show'])
  return (result.machines as { members: { id: string }[] }[]).flatMap((machine) => machine.members.map(({ id }) => id))
}

describe('assay machine', () => {
  it('a GPU of another machine is left out, and the machine is enrolled nevertheless', async () => {
    for (const home of [seller, buyer]) await home.json(['wallet', 'create'])
    const first = await seller.json(['enroll'], { env })
    expect(first, JSON.stringify(first.result)).toMatchObject({ code: 0, result: { machine: 0 } })
    expect(await members(seller)).toEqual([CARD])
    const second = await buyer.assay(['enroll'], { env })
    expect(second.code).toBe(0)
    expect(second.stderr).toContain(`The member ${CARD} is in another machine`)
  })

  it('release moves it to the machine that the binding names, once', async () => {
    const shown = await buyer.json(['machine', 'binding', '0'], { env })
    const { binding, issuer } = z.looseObject({ binding: text, issuer: z.string() }).parse(shown.result)
    const file = seller.path('release.json')
    const signed = await seller.json(['machine', 'release', '0', '--to', binding, '--out', file], { env })
    expect(signed).toMatchObject({ code: 0, result: { ok: true, machine: 0, issuer, out: file } })

    const taken = await buyer.json(['enroll', '--release', file], { env })
    expect(taken.code, JSON.stringify(taken.result)).toBe(0)
    const hardware = (taken.result.credentials as { schema: string }[]).map(({ schema }) => schema)
    expect(hardware).toHaveLength(2)
    // the seller's machine goes on without the card
    const lost = await seller.assay(['enroll'], { env })
    expect(lost.stderr).toContain(`The member ${CARD} is in another machine`)
  })

  it('says what is wrong with a release', async () => {
    await writeFile(seller.path('none.json'), '{}')
    const wrong = await seller.json(['enroll', '--release', seller.path('none.json')], { env })
    expect(wrong).toMatchObject({ code: 2, result: { code: 'usage' } })
    const unnamed = await seller.json(['machine', 'release', '0'], { env })
    expect(unnamed).toMatchObject({ code: 2, result: { message: expect.stringContaining('--to BINDING') } })
  })

  it('retire tells that the ledger does not know the holder yet', async () => {
    const unknown = await seller.json(['machine', 'retire', '0'], { env })
    expect(unknown).toMatchObject({ code: 1, result: { code: 'pseudonymUnknown' } })
  })
})

describe('assay directory', () => {
  it('lists nobody who has presented nothing, and searches', async () => {
    const unknown = await seller.json(['directory', 'add'], { env })
    expect(unknown).toMatchObject({ code: 1, result: { code: 'pseudonymUnknown' } })
    const found = await seller.json(['directory', 'search', '--schema', COMPUTE, '--min', 'ramMiB=8192'], { env })
    expect(found).toMatchObject({ code: 0, result: { ok: true, items: [], next: null } })
    const vague = await seller.json(['directory', 'search', '--min', 'ramMiB=8192'], { env })
    expect(vague).toMatchObject({ code: 2, result: { code: 'usage' } })
  })
})

describe('assay wallet', () => {
  it('backup copies the file whole, and never over another', async () => {
    const file = seller.path('backup.age')
    expect(await seller.json(['wallet', 'backup', file])).toMatchObject({ code: 0, result: { backup: file } })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const original = await readWalletFile(seller.path('.assay/wallet.age'), PASSPHRASE)
    const copy = await readWalletFile(file, PASSPHRASE)
    expect(copy.credentials).toEqual(original.credentials)
    expect(await seller.json(['wallet', 'backup', file])).toMatchObject({ code: 3, result: { code: 'conflict' } })
  })

  it('export writes a credential as its issuer signed it', async () => {
    const { keys, credentials } = await readWalletFile(seller.path('.assay/wallet.age'), PASSPHRASE)
    const { id } = credentials[0]!.credential
    const { result } = await seller.json(['wallet', 'export', id])
    expect(readCredential(result.jwt as string, keys).credential.id).toBe(id)
    const missing = await seller.json(['wallet', 'export', 'urn:uuid:0'])
    expect(missing).toMatchObject({ code: 3, result: { code: 'notFound' } })
  })
})
