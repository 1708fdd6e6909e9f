import * as z from 'zod'
import { machineDevice } from '../protocol/device.ts'
import type { Audience } from '../protocol/did.ts'
import { AssayError } from '../protocol/errors.ts'
import { jcs } from '../protocol/jcs.ts'
import { type Told, toldJson } from './budget/told.ts'
import { type AgentKey, deriveKeys, type HolderKeys } from './derive-keys.ts'
import { type HeldCredential, readCredential } from './read-credential.ts'
import {
  type Join,
  type Machine,
  type PinnedRegistry,
  type Settled,
  type WalletState,
  zMachine,
  zPinnedRegistry,
  zWalletState,
} from './wallet-state.ts'

/** A holder's wallet. It is a value: each change below gives a new one, which the caller saves. */
export interface Wallet {
  readonly keys: HolderKeys
  readonly registry: PinnedRegistry | undefined
  readonly machines: readonly Machine[]
  readonly joins: readonly Join[]
  readonly credentials: readonly HeldCredential[]
  readonly settled: readonly Settled[]
  /** What each audience was told. */
  readonly told: readonly Told[]
}

/** An empty wallet, new or restored, from a recovery phrase. @throws AssayError `phraseInvalid` */
export function createWallet(phrase: string): Wallet {
  return {
    keys: deriveKeys(phrase),
    registry: undefined,
    machines: [],
    joins: [],
    credentials: [],
    settled: [],
    told: [],
  }
}

/** What to save of a wallet. It holds the phrase: it must be encrypted, and shown to nobody. */
export function walletState({ keys, registry, machines, joins, credentials, settled, told }: Wallet): WalletState {
  return {
    type: 'AssayWallet',
    version: 1,
    phrase: keys.phrase(),
    ...(registry === undefined ? {} : { registry }),
    machines: [...machines],
    joins: [...joins],
    credentials: credentials.map(({ jwt }) => jwt),
    settled: [...settled],
    told: told.map(toldJson),
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
  const { phrase, registry, machines, joins, settled, told } = parsed.data
  const keys = deriveKeys(phrase)
  const credentials = parsed.data.credentials.map((jwt) => readCredential(jwt, keys))
  return { keys, registry, machines, joins, credentials, settled, told }
}

/** The device of the holder's machine with this number: what credentials and bindings are about. */
export function deviceOfMachine({ keys }: Pick<Wallet, 'keys'>, number: number): bigint {
  return machineDevice(keys.machineIdFor(number))
}

/** A machine as a request for a credential names it: its device, and the key of its agent. */
export interface MachineAgent {
  device: bigint
  agentKey: AgentKey
  generation: number
}

/** The device and the agent's key of one of the holder's machines. */
export function agentOfMachine(
  { keys }: Pick<Wallet, 'keys'>,
  { number, generation }: Pick<Machine, 'number' | 'generation'>,
): MachineAgent {
  return {
    device: deviceOfMachine({ keys }, number),
    agentKey: keys.agentKeyFor(number, generation),
    generation,
  }
}

/** The holder's machine for this device; undefined if the device is not the holder's. */
export function machineOf(wallet: Wallet, device: bigint): Machine | undefined {
  return wallet.machines.find(({ number }) => deviceOfMachine(wallet, number) === device)
}

/** The wallet with a machine as it is now: one of the same number is replaced. */
export function putMachine(wallet: Wallet, machine: Machine): Wallet {
  const parsed = zMachine.parse(machine)
  const others = wallet.machines.filter(({ number }) => number !== parsed.number)
  return { ...wallet, machines: [...others, parsed].sort((a, b) => a.number - b.number) }
}

/** The lowest number that no machine of the wallet has. */
export function nextMachineNumber({ machines }: Pick<Wallet, 'machines'>): number {
  return machines.reduce((next, { number }) => Math.max(next, number + 1), 0)
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

/** How the holder's device joined an audience's ledger; undefined when it has not. */
export function joinOf(wallet: Pick<Wallet, 'joins'>, audience: Audience, device: bigint): Join | undefined {
  return wallet.joins.find((join) => join.device === String(device) && jcs(join.audience) === jcs(audience))
}

/**
 * The wallet that remembers how a device joins an audience's ledger.
 * @throws AssayError `firstEpochFixed` when it joined otherwise before
 */
export function fixJoin(wallet: Wallet, join: Join): Wallet {
  const before = joinOf(wallet, join.audience, BigInt(join.device))
  if (before === undefined) return { ...wallet, joins: [...wallet.joins, join] }
  if (before.joinEpoch === join.joinEpoch && before.inheritedSilence === join.inheritedSilence) return wallet
  throw new AssayError('firstEpochFixed', `The device joined with epoch ${before.joinEpoch}, not ${join.joinEpoch}`, {
    joinEpoch: before.joinEpoch,
  })
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
