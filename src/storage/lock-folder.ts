import { randomUUID } from 'node:crypto'
import fs, {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import lockfile from 'proper-lockfile'
import { AssayError } from '../protocol/errors.ts'
import { liveness, ownIdentity, type ProcessIdentity, zProcessIdentity } from './process-identity.ts'

/** A lock whose owner can't be asked (another container or machine) is over when it was not refreshed for this long. */
const STALE_MS = 30_000
const REFRESH_MS = 5_000
const POLL_MS = 500

export type FolderLock = { release: () => Promise<void> }

/**
 * Takes the folder for this process, or throws `folderInUse`.
 *
 * The lock is a folder `lock` that holds one file, named by a fresh token, saying which process owns it. It is moved
 * into place whole: a rename fails while the target holds a file, so only one taker succeeds, and a lock is never seen
 * without its owner. To take over from a process that is gone, its very file is removed; a taker who looked too late
 * removes nothing. After a kill the next start therefore succeeds at once. proper-lockfile refreshes the lock's time
 * meanwhile, and calls `onLost` when someone else has touched it (by default the process ends: it must not go on writing).
 */
export async function lockFolder(folder: string, onLost: (error: Error) => void = throwError): Promise<FolderLock> {
  const path = join(folder, 'lock')
  const token = randomUUID()
  const deadline = Date.now() + STALE_MS + 2 * POLL_MS
  const firstSeen = modifiedAt(path)
  for (;;) {
    try {
      const release = await lockfile.lock(folder, {
        lockfilePath: path,
        stale: STALE_MS,
        update: REFRESH_MS,
        onCompromised: onLost,
        fs: { ...fs, ...ownedFolder(token) },
      })
      return { release }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED' && (error as NodeJS.ErrnoException).code !== 'ENOTEMPTY')
        throw error
    }
    const owner = readOwner(path)
    if (owner === undefined) continue
    const state = liveness(owner.identity)
    const modified = modifiedAt(path)
    if (state === 'alive' || (state === 'unknown' && modified !== firstSeen)) throw inUse(folder, owner.identity)
    if (state === 'dead' || Date.now() - (modified ?? 0) > STALE_MS) removeFile(join(path, owner.file))
    else if (Date.now() > deadline) throw inUse(folder, owner.identity)
    else await sleep(POLL_MS)
  }
}

/** The two calls of proper-lockfile that make and remove a lock, each with the owner's file in it. */
function ownedFolder(token: string) {
  const file = `owner-${token}`
  const mkdir = (path: string, done: (error: Error | null) => void) => {
    const draft = `${path}.${token}`
    try {
      mkdirSync(draft)
      writeFileSync(join(draft, file), JSON.stringify(ownIdentity()))
      renameSync(draft, path)
      done(null)
    } catch (error) {
      rmSync(draft, { recursive: true, force: true })
      const taken = ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')
      done(taken ? Object.assign(new Error('The lock is held'), { code: 'EEXIST' }) : (error as Error))
    }
  }
  const rmdirNow = (path: string) => {
    removeFile(join(path, file))
    rmdirSync(path)
  }
  const rmdir = (path: string, done: (error: Error | null) => void) => {
    try {
      rmdirNow(path)
      done(null)
    } catch (error) {
      done(error as Error)
    }
  }
  return { mkdir, rmdir, rmdirSync: rmdirNow }
}

function readOwner(path: string): { file: string; identity: ProcessIdentity } | undefined {
  try {
    const file = readdirSync(path).find((name) => name.startsWith('owner-'))
    if (file === undefined) return undefined
    return { file, identity: zProcessIdentity.parse(JSON.parse(readFileSync(join(path, file), 'utf8'))) }
  } catch (error) {
    // released or taken over while we looked
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function modifiedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function inUse(folder: string, owner: ProcessIdentity): AssayError {
  return new AssayError('folderInUse', `Process ${owner.pid} uses the data folder ${folder}`, {
    folder,
    pid: owner.pid,
  })
}

function throwError(error: Error): never {
  throw error
}
