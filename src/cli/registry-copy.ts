import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAccepted, type RegistryCache, type VerifiedRegistry } from '../client/index.ts'
import type { Wallet } from '../holder/index.ts'
import { isAssayError } from '../protocol/index.ts'
import { type RegistrySnapshot, verifySnapshot, zRegistrySnapshot } from '../registry/index.ts'
import { clock, resolveKeys } from './effects.ts'
import { CannotRun } from './exit-codes.ts'
import { readText, writeWhole } from './files.ts'
import type { Voice } from './run-action.ts'
import { clientOf } from './service-access.ts'
import { besideWallet, requirePin, type WalletOptions } from './wallet-access.ts'

/*
 * A copy of the registry beside the wallet. What keeps it fresh fetches it on a schedule, so that nobody can tell from a
 * fetch that its holder is about to present. It is public, and checked against the pinned id each time that it is read.
 */

/** How long to wait while the interval of the registry is not known yet. */
const RETRY_SECONDS = 60

/** Where the copy is. */
export function registryCopyPath(options: WalletOptions): string {
  return besideWallet(options, 'registry.json')
}

export function writeRegistryCopy(path: string, snapshot: RegistrySnapshot): Promise<void> {
  return writeWhole(path, `${JSON.stringify(snapshot)}\n`)
}

/** Fetches the registry from the first of the services that answers, and writes the copy. */
export async function refreshRegistryCopy(
  path: string,
  { registryId, serviceUrls }: { registryId: string; serviceUrls: readonly string[] },
): Promise<VerifiedRegistry> {
  let last: unknown
  for (const url of serviceUrls) {
    try {
      const registry = await clientOf(url).registry({ registryId, resolveKeys })
      await writeRegistryCopy(path, registry.snapshot)
      return registry
    } catch (error) {
      last = error
    }
  }
  throw last
}

/** Where an agent keeps the copy: beside its key, which by default lies beside the wallet. */
export function registryCopyBeside(agentKeyFile: string): string {
  return join(dirname(agentKeyFile), 'registry.json')
}

/**
 * Keeps the copy fresh: once an interval, at a random moment of it, until `signal` is aborted. A failure is told, and the
 * next interval tries again.
 */
export async function keepRegistryCopy(
  path: string,
  pinned: { registryId: string; serviceUrls: readonly string[] },
  { signal, onFailure }: { signal: AbortSignal; onFailure: (error: unknown) => void },
): Promise<void> {
  let intervalSeconds = RETRY_SECONDS
  while (!signal.aborted) {
    try {
      const { view } = await refreshRegistryCopy(path, pinned)
      intervalSeconds = view.intervalSeconds
    } catch (error) {
      onFailure(error)
    }
    const seconds = intervalSeconds - (clock() % intervalSeconds) + (Math.random() * intervalSeconds) / 2
    await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined)
  }
}

/** The copy, if verifiers accept its root now; otherwise undefined. */
export async function readRegistryCopy(path: string, registryId: string): Promise<VerifiedRegistry | undefined> {
  try {
    const json: unknown = JSON.parse(await readText(path, 'copy of the registry'))
    // by the wallet's own clock: a root that only slow clocks still take would be over when the dapp gets the proof
    const view = await verifySnapshot(json, { registryId, resolveKeys, now: clock(), skewSeconds: 0 })
    return { view, snapshot: zRegistrySnapshot.parse(json) }
  } catch (error) {
    // missing, damaged, of another registry or too old: a new one takes its place
    if (error instanceof CannotRun || error instanceof SyntaxError || isAssayError(error)) return undefined
    throw error
  }
}

/**
 * The wallet's registry, from the copy beside it. Where that will not do, it is fetched from the first service of the wallet
 * that answers, and the holder is told what that shows.
 */
export function registryCopyOf(voice: Voice, options: WalletOptions, wallet: Wallet): RegistryCache {
  const registryId = requirePin(wallet)
  const { serviceUrls } = wallet.registry!
  const path = registryCopyPath(options)
  let kept: VerifiedRegistry | undefined

  async function fetch(): Promise<VerifiedRegistry> {
    kept = await voice.progress('Fetching the registry', () => refreshRegistryCopy(path, { registryId, serviceUrls }))
    return kept
  }

  return {
    fetch,
    current: async () => {
      if (kept !== undefined && isAccepted(kept.view, clock())) return kept
      const isFirst = kept === undefined
      kept = await readRegistryCopy(path, registryId)
      if (kept !== undefined) return kept
      const fetched = await fetch()
      if (isFirst) voice.note(FETCHED)
      return fetched
    },
  }
}

const FETCHED =
  'There was no fresh copy of the registry, so it was fetched just now: its service can tell that you present.'
