import { bytesToHex } from '@noble/hashes/utils.js'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../src/protocol/bytes.ts'
import { addressOf, recoverAddress, signHash, typedRootHash } from '../../src/registry/index.ts'

const filled = (byte: number) => new Uint8Array(32).fill(byte)

/** Hash, account and signature as viem 2.57.20 gives them (hashTypedData, signTypedData). */
const root = {
  registryId: toBase64url(filled(0x11)),
  number: 6_000_000,
  sub: 2,
  logHead: toBase64url(filled(0x22)),
  root: '12345678901234567890',
  issuedAt: 1_800_000_060,
}
const HASH = '83878a292ccd8109bb13c269b87e0db1e1691bbd22411f1ec04e4a4d9a7a686a'
const ADDRESS = '0x5cbdd86a2fa8dc4bddd8a8f69dba48572eec07fb'
const SIGNATURE =
  '0x9592b7868fc2cf297a05c2916422c7056d523b894c246bc735f38bd6c3f94872' +
  '5d3a7ba4f88364fc256b64cc8781e67443b20ab01af2b74abfb91d7d3aadb53e1b'

describe('EIP-712: a root as typed data', () => {
  it('has the hash, account and signature that another implementation gives', () => {
    expect(bytesToHex(typedRootHash(root))).toBe(HASH)
    expect(addressOf(filled(0x33))).toBe(ADDRESS)
    expect(signHash(typedRootHash(root), filled(0x33))).toBe(SIGNATURE)
    expect(recoverAddress(typedRootHash(root), SIGNATURE)).toBe(ADDRESS)
  })

  it.each(Object.keys(root) as (keyof typeof root)[])('covers %s', (part) => {
    const value = root[part]
    const other = typeof value === 'number' ? value + 1 : part === 'root' ? '7' : toBase64url(filled(0x44))
    const hash = typedRootHash({ ...root, [part]: other })
    expect(bytesToHex(hash)).not.toBe(HASH)
    expect(recoverAddress(hash, SIGNATURE)).not.toBe(ADDRESS)
  })

  it('takes no second spelling of a signature', () => {
    const hash = typedRootHash(root)
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const s = BigInt(`0x${SIGNATURE.slice(66, 130)}`)
    // the other root of the curve equation, which verifies as well (EIP-2 refuses it)
    const high = `${SIGNATURE.slice(0, 66)}${(order - s).toString(16).padStart(64, '0')}1c`
    for (const other of [
      high,
      SIGNATURE.toUpperCase(),
      SIGNATURE.slice(2),
      `${SIGNATURE}00`,
      `${SIGNATURE.slice(0, -2)}00`,
    ]) {
      expect(recoverAddress(hash, other)).toBeUndefined()
    }
    expect(recoverAddress(hash, `0x${'0'.repeat(128)}1b`)).toBeUndefined()
  })
})
