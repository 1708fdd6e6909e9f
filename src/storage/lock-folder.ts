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

/** Long against any pause of an event loop that computes proofs, short against a person who waits for a restart. */
const STALE_MS = 30_000
const POLL_MS = 50

export type FolderLock = { release: () => Promise<void> }

export type LockOptions = {
  /** Told when someone else has touched the lock. By default the error ends the process: it must not go on writing. */
  onLost?: (error: Error) => void
  /** Milliseconds after which a lock that nobody refreshes is over, if its owner can't be asked. At least 2000. */
  staleMs?: number
}

/**
 * Takes the folder for this process, or throws `folderInUse`.
 *
 * The lock is a folder `lock` that holds one file, named by a fresh token, saying which process owns it. It is moved
 * into place whole: a rename fails while the target holds a file, so only one taker succeeds, and a lock is never seen
 * without its owner. To take over from a process that is gone, its very file is removed; a taker who looked too late
 * removes nothing. After a kill the next start therefore succeeds at once. Where the owner can't be asked (it ran in
 * another container or machine), the lock's time decides, which proper-lockfile refreshes meanwhile.
 */
export async function lockFolder(folder: string, options: LockOptions = {}): Promise<FolderLock> {
  const { onLost = throwError, staleMs = STALE_MS } = options
  const path = join(folder, 'lock')
  const fileSystem = { ...fs, ...ownedFolder(randomUUID()) }
  const settings = { lockfilePath: path, stale: staleMs, update: staleMs / 6, onCompromised: onLost, fs: fileSystem }
  const firstSeen = modifiedAt(path)
  const deadline = Date.now() + staleMs + 20 * POLL_MS
  for (;;) {
    try {
      return { release: await lockfile.lock(folder, settings) }
    } catch (error) {
      if (!['ELOCKED', 'ENOTEMPTY'].includes(codeOf(error))) throw error
    }
    const owner = readOwner(path)
    const state = owner?.identity === undefined ? 'unknown' : liveness(owner.identity)
    const modified = modifiedAt(path)
    const refreshed = modified !== undefined && modified !== firstSeen
    if (state === 'alive' || (state === 'unknown' && refreshed) || Date.now() > deadline) throw inUse(folder, owner)
    const over = state === 'dead' || Date.now() - (modified ?? Number.POSITIVE_INFINITY) > staleMs
    if (owner !== undefined && over) removeFile(join(path, owner.file))
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
      const taken = ['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))
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

type Owner = { file: string; identity: ProcessIdentity | undefined }

function readOwner(path: string): Owner | undefined {
  try {
    const file = readdirSync(path).find((name) => name.startsWith('owner-'))
    return file === undefined ? undefined : { file, identity: parseIdentity(readFileSync(join(path, file), 'utf8')) }
  } catch (error) {
    // released or taken over while we looked
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** After a loss of power the file can be there without its content. */
function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    return zProcessIdentity.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

function modifiedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

function inUse(folder: string, owner: Owner | undefined): AssayError {
  const pid = owner?.identity?.pid ?? null
  return new AssayError('folderInUse', `Another process (${pid ?? 'unknown'}) uses the data folder ${folder}`, {
    folder,
    pid,
  })
}

function throwError(error: Error): never {
  throw error
}
