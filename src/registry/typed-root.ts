import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { fromBase64url } from '../protocol/bytes.ts'

/*
 * A root as EIP-712 typed data, so that contracts can check a witness's signature. The domain names no chain: the same
 * signatures carry a root to every chain.
 */

/** What a contract sees of a root statement. Hashes are 32 bytes, base64url. */
export interface TypedRoot {
  registryId: string
  number: number
  sub: number
  logHead: string
  /** A field element, decimal. */
  root: string
  issuedAt: number
}

const hashText = (text: string) => keccak_256(utf8ToBytes(text))

const DOMAIN = keccak_256(
  concatBytes(hashText('EIP712Domain(string name,string version)'), hashText('Assay Registry'), hashText('1')),
)
const ROOT_TYPE = hashText(
  'Root(bytes32 registryId,uint64 number,uint32 sub,bytes32 logHead,uint256 root,uint64 issuedAt)',
)

const word = (value: bigint) => hexToBytes(value.toString(16).padStart(64, '0'))

/** The EIP-712 hash of a root: what a witness's secp256k1 key signs (32 bytes). */
export function typedRootHash({ registryId, number, sub, logHead, root, issuedAt }: TypedRoot): Uint8Array {
  const struct = keccak_256(
    concatBytes(
      ROOT_TYPE,
      fromBase64url(registryId),
      word(BigInt(number)),
      word(BigInt(sub)),
      fromBase64url(logHead),
      word(BigInt(root)),
      word(BigInt(issuedAt)),
    ),
  )
  return keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), DOMAIN, struct))
}

/** The account of a secp256k1 private key (32 bytes): 0x and 40 lower-case hex digits. */
export function addressOf(privateKey: Uint8Array): string {
  return addressOfPoint(secp256k1.getPublicKey(privateKey, false))
}

/** Signs a 32-byte hash as Ethereum does: r, s (the lower one) and v = 27 or 28, in 0x and 130 hex digits. */
export function signHash(hash: Uint8Array, privateKey: Uint8Array): string {
  const signed = secp256k1.sign(hash, privateKey, { prehash: false, format: 'recovered' })
  // noble puts the recovery bit first
  return `0x${bytesToHex(signed.subarray(1))}${(27 + signed[0]!).toString(16)}`
}

/** The account that signed a hash; undefined when the text is no signature in its one canonical form. */
export function recoverAddress(hash: Uint8Array, signature: string): string | undefined {
  if (!/^0x[0-9a-f]{128}1[bc]$/.test(signature)) return undefined
  const bytes = hexToBytes(signature.slice(2))
  try {
    const recovered = concatBytes(Uint8Array.of(bytes[64]! - 27), bytes.subarray(0, 64))
    const parsed = secp256k1.Signature.fromBytes(recovered, 'recovered')
    if (parsed.hasHighS()) return undefined
    return addressOfPoint(parsed.recoverPublicKey(hash).toBytes(false))
  } catch {
    return undefined
  }
}

/** The last 20 bytes of the hash of an uncompressed point, without its first byte. */
function addressOfPoint(point: Uint8Array): string {
  return `0x${bytesToHex(keccak_256(point.subarray(1)).subarray(12))}`
}
