import { existsSync } from 'node:fs'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'
import { didSignerFromKey } from '../protocol/index.ts'
import { addressOf, signHash, type Witness } from '../registry/index.ts'
import { randomBytes } from './effects.ts'
import { readJson, writeWhole } from './files.ts'

const zPrivateKey = z.string().regex(/^[0-9a-f]{64}$/)

/** The two keys of a witness: an Ed25519 seed, which its did:key names, and a secp256k1 key, which its address names. */
const zWitnessKeys = z.strictObject({
  type: z.literal('AssayWitnessKeys'),
  version: z.literal(1),
  didKey: zPrivateKey,
  accountKey: zPrivateKey.refine(isAccountKey, 'must be a secp256k1 key'),
})

const WHAT = 'witness key (`assay registry witness-key` makes one)'

/** The witness whose keys a file holds. */
export async function readWitnessKeys(path: string): Promise<Witness> {
  const { didKey, accountKey } = await readJson(path, zWitnessKeys, WHAT)
  const { did, sign } = didSignerFromKey(hexToBytes(didKey))
  const account = hexToBytes(accountKey)
  return { did, sign, address: addressOf(account), signHash: async (hash) => signHash(hash, account) }
}

/** The same; where there is no such file, keys are generated and written first, for their owner alone (0600). */
export async function readOrMakeWitnessKeys(path: string): Promise<{ witness: Witness; isNew: boolean }> {
  if (path === '-' || existsSync(path)) return { witness: await readWitnessKeys(path), isNew: false }
  const keys = {
    type: 'AssayWitnessKeys',
    version: 1,
    didKey: bytesToHex(randomBytes(32)),
    accountKey: bytesToHex(randomBytes(32)),
  }
  const text = `${JSON.stringify(zWitnessKeys.parse(keys), null, 2)}\n`
  await writeWhole(path, text, { secret: true, isNew: true })
  return { witness: await readWitnessKeys(path), isNew: true }
}

function isAccountKey(hex: string): boolean {
  try {
    return addressOf(hexToBytes(hex)) !== ''
  } catch {
    return false
  }
}
