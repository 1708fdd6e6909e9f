import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { getOrCreateSecret, type SecretKeyStore } from '../identity/index.ts'
import type { DidSigner, RandomBytes } from '../protocol/index.ts'
import { addressOf, type BootClock, signHash, type Witness } from '../registry/index.ts'

/** A witness of this deployment: its DID, and a secp256k1 key that is generated at the first start and kept encrypted. */
export async function openWitness(
  { did, sign }: DidSigner,
  { secrets, randomBytes }: { secrets: SecretKeyStore; randomBytes: RandomBytes },
): Promise<Witness> {
  // a secret of 32 random bytes is above the curve's order with a probability of 2^-128
  const key = await getOrCreateSecret(secrets, 'witness-account', () => randomBytes(32))
  return { did, sign, address: addressOf(key), signHash: async (hash) => signHash(hash, key) }
}

/** Seconds since this machine booted, sleep included, which setting the clock does not change. */
export function bootClock(): BootClock {
  return { boot: bootName(), seconds: uptime() }
}

function bootName(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // elsewhere the process stands for the boot: after a restart there is nothing to compare with
    return `process ${process.pid}`
  }
}
