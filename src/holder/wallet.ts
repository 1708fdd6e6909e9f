import { z } from 'zod'
import { gpuDevice, machineDevice } from '../protocol/device.ts'
import type { Audience } from '../protocol/did.ts'
import { AssayError } from '../protocol/errors.ts'
import { jcs } from '../protocol/jcs.ts'
import { deriveKeys, type HolderKeys } from './derive-keys.ts'
import { type HeldCredential, readCredential } from './read-credential.ts'
import {
  type Device,
  type FirstEpoch,
  type PinnedRegistry,
  type Settled,
  type WalletState,
  zDevice,
  zPinnedRegistry,
  zWalletState,
} from './wallet-state.ts'

/** A holder's wallet. It is a value: each change below gives a new one, which the caller saves. */
export interface Wallet {
  readonly keys: HolderKeys
  readonly registry: PinnedRegistry | undefined
  readonly devices: readonly Device[]
  readonly firstEpochs: readonly FirstEpoch[]
  readonly credentials: readonly HeldCredential[]
  readonly settled: readonly Settled[]
}

/** An empty wallet, new or restored, from a recovery phrase. @throws AssayError `phraseInvalid` */
export function createWallet(phrase: string): Wallet {
  return { keys: deriveKeys(phrase), registry: undefined, devices: [], firstEpochs: [], credentials: [], settled: [] }
}

/** What to save of a wallet. It holds the phrase: it must be encrypted, and shown to nobody. */
export function walletState({ keys, registry, devices, firstEpochs, credentials, settled }: Wallet): WalletState {
  return {
    type: 'AssayWallet',
    version: 1,
    phrase: keys.phrase(),
    ...(registry === undefined ? {} : { registry }),
    devices: [...devices],
    firstEpochs: [...firstEpochs],
    credentials: credentials.map(({ jwt }) => jwt),
    settled: [...settled],
  }
}

/**
 * A wallet from its saved state; the credentials are parsed and checked to be this holder's again.
 * @throws AssayError `malformed`, `phraseInvalid`, `credentialInvalid`
 */
export function openWallet(state: unknown): Wallet {
  const parsed = zWalletState.safeParse(state)
  if (!parsed.success) {
    throw new AssayError('malformed', `The wallet's state is malformed: ${z.prettifyError(parsed.error)}`)
  }
  const { phrase, registry, devices, firstEpochs, settled } = parsed.data
  const keys = deriveKeys(phrase)
  const credentials = parsed.data.credentials.map((jwt) => readCredential(jwt, keys))
  return { keys, registry, devices, firstEpochs, credentials, settled }
}

/** The device as a field element: what credentials and bindings are about. */
export function deviceField(device: Device): bigint {
  return device.kind === 'gpu' ? gpuDevice(device.uuid) : machineDevice(device.id)
}

/** The wallet with a device more; one that it has already is not added again. */
export function addDevice(wallet: Wallet, device: Device): Wallet {
  const added = zDevice.parse(device)
  const known = wallet.devices.some((other) => deviceField(other) === deviceField(added))
  return known ? wallet : { ...wallet, devices: [...wallet.devices, added] }
}

/** The wallet with a verified credential more; one of the same id is replaced. */
export function addCredential(wallet: Wallet, held: HeldCredential): Wallet {
  const others = wallet.credentials.filter(({ credential }) => credential.id !== held.credential.id)
  return { ...wallet, credentials: [...others, held] }
}

/** The wallet without the credentials that expired before `now` (seconds): they can prove nothing any more. */
export function forgetExpired(wallet: Wallet, now: number): Wallet {
  return { ...wallet, credentials: wallet.credentials.filter(({ credential }) => credential.expiresAt >= now) }
}

/**
 * The wallet with its registry pinned. Another service of the same registry is added to the list.
 * @throws AssayError `conflict` when another registry is pinned already: changing trust takes `unpinRegistry` first.
 */
export function pinRegistry(wallet: Wallet, pinned: PinnedRegistry): Wallet {
  const { registryId, serviceUrls } = zPinnedRegistry.parse(pinned)
  const before = wallet.registry
  if (before !== undefined && before.registryId !== registryId) {
    throw new AssayError('conflict', `The wallet trusts the registry ${before.registryId}, not ${registryId}`)
  }
  return {
    ...wallet,
    registry: { registryId, serviceUrls: [...new Set([...(before?.serviceUrls ?? []), ...serviceUrls])] },
  }
}

/** The wallet without its pinned registry. */
export function unpinRegistry(wallet: Wallet): Wallet {
  return { ...wallet, registry: undefined }
}

/** The first epoch that the holder has stated to an audience for a device; undefined when it has stated none. */
export function firstEpochOf(wallet: Wallet, audience: Audience, device: bigint): number | undefined {
  return wallet.firstEpochs.find((entry) => entry.device === String(device) && jcs(entry.audience) === jcs(audience))
    ?.firstEpoch
}

/**
 * The wallet that remembers the first epoch which it states to an audience for a device.
 * @throws AssayError `firstEpochFixed` when it has stated another one before
 */
export function fixFirstEpoch(wallet: Wallet, audience: Audience, device: bigint, firstEpoch: number): Wallet {
  const before = firstEpochOf(wallet, audience, device)
  if (before === firstEpoch) return wallet
  if (before !== undefined) {
    throw new AssayError('firstEpochFixed', `The first epoch stated for this device is ${before}, not ${firstEpoch}`, {
      firstEpoch: before,
    })
  }
  return { ...wallet, firstEpochs: [...wallet.firstEpochs, { audience, device: String(device), firstEpoch }] }
}

/** Whether an epoch of a device (a week of a marketplace) is done with for an audience. */
export function isSettled(wallet: Wallet, { audience, schema, device, epoch }: Omit<Settled, 'outcome'>): boolean {
  return wallet.settled.some((known) => {
    return (
      known.epoch === epoch &&
      known.device === device &&
      known.schema === schema &&
      jcs(known.audience) === jcs(audience)
    )
  })
}

/** The wallet that remembers that an epoch is done with. What it remembers already stays. */
export function settle(wallet: Wallet, settled: Settled): Wallet {
  return isSettled(wallet, settled) ? wallet : { ...wallet, settled: [...wallet.settled, settled] }
}
