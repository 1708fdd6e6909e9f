import { openSession, type Session } from '../client/index.ts'
import { clock, randomBytes, resolveKeys } from './effects.ts'
import { registryCopyOf } from './registry-copy.ts'
import type { Voice } from './run-action.ts'
import { serviceClient } from './service-access.ts'
import { requirePin, unlockWallet, type WalletOptions } from './wallet-access.ts'

/** The wallet in a session with a service, by the copy of the registry. @throws AssayError `registryInvalid` */
export async function openHolderSession(voice: Voice, options: WalletOptions & { service?: string }): Promise<Session> {
  const client = serviceClient(options.service)
  const wallet = await unlockWallet(options)
  const opened = await wallet.read()
  const registryId = requirePin(opened)
  const registry = registryCopyOf(voice, options, opened)
  return openSession({ client, registryId, wallet, registry, clock, randomBytes, resolveKeys })
}
