import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Encrypter } from 'age-encryption'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWallet, putMachine, type Wallet, walletState } from '../../src/holder/wallet.ts'
import {
  createWalletFile,
  readWalletFile,
  updateWalletFile,
  WALLET_WORK_FACTOR,
} from '../../src/storage/wallet-file.ts'
import { spawnScript } from '../shared/spawn-script.ts'

const PHRASE = `${'abandon '.repeat(11)}about`
const PASSPHRASE = 'correct horse'
const quick = { workFactor: 4 }
let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-wallet-'))
  path = join(folder, 'wallet.age')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const create = (wallet: Wallet = createWallet(PHRASE)) => createWalletFile(path, PASSPHRASE, wallet, quick)
const withMachine = (wallet: Wallet, number = 0) => putMachine(wallet, { number, generation: 1, members: [] })

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable('it must throw'),
    (error: unknown) => error,
  )
}

describe('a wallet in a file', () => {
  it('comes back with its passphrase', async () => {
    const wallet = withMachine(createWallet(PHRASE))
    await create(wallet)
    expect(walletState(await readWalletFile(path, PASSPHRASE))).toEqual(walletState(wallet))
  })

  it('is age, encrypted by scrypt of the stated cost, for its owner alone, and holds no word in the clear', async () => {
    await createWalletFile(join(folder, 'new', 'wallet.age'), PASSPHRASE, createWallet(PHRASE))
    const content = await readFile(join(folder, 'new', 'wallet.age'), 'latin1')
    expect(content.split('\n', 2)[0]).toBe('age-encryption.org/v1')
    expect(content.split('\n', 2)[1]).toMatch(new RegExp(`^-> scrypt \\S+ ${WALLET_WORK_FACTOR}$`))
    expect(content).not.toMatch(/abandon|phrase|Wallet/)
    expect((await stat(join(folder, 'new', 'wallet.age'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700)
    expect((await readdir(join(folder, 'new'))).sort()).toEqual(['wallet.age', 'wallet.age.lock'])
  })

  it('stays locked for another passphrase, and says nothing of what it holds', async () => {
    await create()
    const error = await thrownBy(readWalletFile(path, 'wrong horse'))
    expect(error).toMatchObject({ code: 'walletLocked', message: 'The wallet cannot be opened with this passphrase.' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/abandon|horse/)
    const updating = updateWalletFile(path, 'wrong horse', withMachine, quick)
    await expect(updating).rejects.toMatchObject({ code: 'walletLocked' })
  })

  it('refuses an empty passphrase, a missing file, and to write over a wallet', async () => {
    await expect(createWalletFile(path, '', createWallet(PHRASE), quick)).rejects.toMatchObject({
      code: 'malformed',
      message: 'A wallet needs a passphrase',
    })
    const notFound = { code: 'notFound', message: `There is no wallet at ${path}` }
    await expect(readWalletFile(path, PASSPHRASE)).rejects.toMatchObject(notFound)
    await expect(updateWalletFile(path, PASSPHRASE, withMachine, quick)).rejects.toMatchObject(notFound)
    await create()
    const before = await readFile(path)
    await expect(create()).rejects.toMatchObject({ code: 'conflict', message: `There is a wallet at ${path} already` })
    expect(await readFile(path)).toEqual(before)
  })

  it('refuses a file that is damaged, or is something else', async () => {
    await create()
    const content = await readFile(path)
    const damaged = { code: 'malformed', message: 'The file is not a wallet, or it is damaged' }
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('abandon'),
      content.subarray(0, -1),
      content.with(-1, content.at(-1)! ^ 1),
    ]) {
      await writeFile(path, bytes)
      await expect(readWalletFile(path, PASSPHRASE)).rejects.toMatchObject(damaged)
    }
  })

  it('repeats nothing of a decrypted text that is no wallet', async () => {
    const texts = {
      [`${PHRASE} {`]: 'The decrypted file does not hold a wallet',
      [JSON.stringify(PHRASE)]: 'state is malformed',
    }
    for (const [text, message] of Object.entries(texts)) {
      const encrypter = new Encrypter()
      encrypter.setPassphrase(PASSPHRASE)
      encrypter.setScryptWorkFactor(4)
      await writeFile(path, await encrypter.encrypt(text))
      const error = await thrownBy(readWalletFile(path, PASSPHRASE))
      expect(error).toMatchObject({ code: 'malformed', message: expect.stringContaining(message) })
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('abandon')
    }
  })
})

describe('changing a wallet file', () => {
  it('saves the change, with a new salt, and keeps the owner alone', async () => {
    await create()
    const before = await readFile(path)
    await chmod(path, 0o644)
    const after = await updateWalletFile(path, PASSPHRASE, withMachine, quick)
    expect(after.machines).toHaveLength(1)
    expect(walletState(await readWalletFile(path, PASSPHRASE))).toEqual(walletState(after))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await readFile(path)).subarray(0, 60)).not.toEqual(before.subarray(0, 60))
  })

  it('writes nothing when nothing changed, or when the change fails', async () => {
    await create()
    const before = await readFile(path)
    await updateWalletFile(path, PASSPHRASE, (wallet) => wallet, quick)
    const failing = updateWalletFile(path, PASSPHRASE, () => Promise.reject(new Error('no')), quick)
    await expect(failing).rejects.toThrow('no')
    expect(await readFile(path)).toEqual(before)
    await updateWalletFile(path, PASSPHRASE, withMachine, quick)
  })

  it('is for one process at a time; reading goes on', async () => {
    await create()
    await updateWalletFile(
      path,
      PASSPHRASE,
      async (wallet) => {
        await expect(updateWalletFile(path, PASSPHRASE, withMachine, quick)).rejects.toMatchObject({
          code: 'fileInUse',
          message: `Another process is changing the wallet ${path}`,
        })
        expect((await readWalletFile(path, PASSPHRASE)).machines).toEqual([])
        return withMachine(wallet)
      },
      quick,
    )
    expect((await readWalletFile(path, PASSPHRASE)).machines).toHaveLength(1)
  })

  it('gets over a draft that was left half written', async () => {
    await create()
    await writeFile(`${path}.draft`, 'age-encryption.org/v1\n-> scr')
    await updateWalletFile(path, PASSPHRASE, withMachine, quick)
    expect((await readWalletFile(path, PASSPHRASE)).machines).toHaveLength(1)
    expect((await readdir(folder)).sort()).toEqual(['wallet.age', 'wallet.age.lock'])
  })

  it('killed with -9 at any moment, leaves the old wallet or the new one, whole, and nothing acknowledged is lost', async () => {
    await create()
    let acknowledged = 0
    for (const delay of [0, 7, 19, 41]) {
      const saver = spawnScript(new URL('wallet-saver.ts', import.meta.url), path)
      for (let i = 0; i < 3; i++) acknowledged = Number((await saver.lines.next()).value)
      await sleep(delay)
      await saver.kill('SIGKILL')
      for await (const line of { [Symbol.asyncIterator]: () => saver.lines }) acknowledged = Number(line)
      const { machines } = await readWalletFile(path, PASSPHRASE)
      expect([acknowledged, acknowledged + 1]).toContain(machines.length)
    }
    expect(acknowledged).toBeGreaterThanOrEqual(12)
    const after = await updateWalletFile(path, PASSPHRASE, (wallet) => withMachine(wallet, 9999), quick)
    expect(walletState(await readWalletFile(path, PASSPHRASE))).toEqual(walletState(after))
  })
})
