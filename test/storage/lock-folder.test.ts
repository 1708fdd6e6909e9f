import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FolderLock, lockFolder } from '../../src/storage/lock-folder.ts'
import { openDatabase } from '../../src/storage/open-database.ts'
import { ownIdentity, type ProcessIdentity } from '../../src/storage/process-identity.ts'
import { freshFolder } from '../shared/databases.ts'
import { type Script, spawnScript } from '../shared/spawn-script.ts'

const locker = new URL('locker.ts', import.meta.url)
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The lock as a process that was killed leaves it. */
async function leaveLock(identity: ProcessIdentity | undefined, token = 'gone'): Promise<void> {
  await mkdir(join(folder, 'lock'))
  await writeFile(join(folder, 'lock', `owner-${token}`), identity === undefined ? '' : JSON.stringify(identity))
}

/** The number of a process that has ended. */
function endedPid(): number {
  return spawnSync('true').pid
}

function inUse(pid: number | string) {
  return { code: 'folderInUse', message: `Another process (${pid}) uses the data folder ${folder}` }
}

describe('the lock on a folder', () => {
  it('is had by one at a time, and leaves nothing when released', async () => {
    const lock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject(inUse(process.pid))
    await lock.release()
    expect(await readdir(folder)).toEqual([])
    await (await lockFolder(folder)).release()
  })

  it('keeps a second process out, and is free at once when the first is killed', async () => {
    const holder = spawnScript(locker, folder)
    expect((await holder.lines.next()).value).toBe('locked')
    await expect(lockFolder(folder)).rejects.toMatchObject(inUse(holder.child.pid ?? 0))
    await holder.kill('SIGKILL')
    await (await lockFolder(folder)).release()
  })

  it('is free at once when its owner ended, though its number now belongs to another process', async () => {
    await leaveLock({ ...ownIdentity(), startedAt: '1' })
    await (await lockFolder(folder)).release()
  })

  it('goes to exactly one of many processes that take it over at once', async () => {
    await leaveLock({ ...ownIdentity(), pid: endedPid() })
    const takers: Script[] = Array.from({ length: 4 }, () => spawnScript(locker, folder))
    const answers = await Promise.all(takers.map(async ({ lines }) => (await lines.next()).value))
    expect(answers.sort()).toEqual(['folderInUse', 'folderInUse', 'folderInUse', 'locked'])
    await Promise.all(takers.map(({ kill }) => kill('SIGKILL')))
  })

  it('goes to exactly one of many takers within a process', async () => {
    for (let round = 0; round < 10; round += 1) {
      await leaveLock({ ...ownIdentity(), pid: endedPid() }, `gone-${round}`)
      const takers = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)))
      const winners = takers.filter(
        (taker): taker is PromiseFulfilledResult<FolderLock> => taker.status === 'fulfilled',
      )
      expect(winners).toHaveLength(1)
      await winners[0]?.value.release()
    }
  })

  it('is refused while an owner that cannot be asked refreshes it', async () => {
    await leaveLock({ ...ownIdentity(), namespace: 'another container' })
    const refresh = setInterval(() => utimes(join(folder, 'lock'), new Date(), new Date()), 100)
    await expect(lockFolder(folder)).rejects.toMatchObject(inUse(process.pid))
    clearInterval(refresh)
  })

  it.each([
    ['whose owner cannot be asked', { ...ownIdentity(), namespace: 'another container' }],
    ['whose file lost its content with the power', undefined],
  ])('is taken over after its time, %s', async (_, identity) => {
    await leaveLock(identity)
    await (await lockFolder(folder, { staleMs: 2_000 })).release()
  })

  it('reports when someone else touched it', async () => {
    const lost = new Promise<Error>((resolve) => {
      void lockFolder(folder, { onLost: resolve, staleMs: 2_000 }).then(() =>
        rm(join(folder, 'lock'), { recursive: true }),
      )
    })
    expect(await lost).toMatchObject({ code: 'ECOMPROMISED' })
  })
})

describe('a data folder', () => {
  it('is refused to a second opening, and free after the first closes', async () => {
    const { target, remove } = await freshFolder()
    const first = await openDatabase(target)
    await expect(openDatabase(target)).rejects.toMatchObject({
      code: 'folderInUse',
      message: `Another process (${process.pid}) uses the data folder ${target.dataFolder}`,
    })
    await first.close()
    await (await openDatabase(target)).close()
    await remove()
  })
})
