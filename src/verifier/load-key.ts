import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { AssayError, jcsBytes, PUBLIC_SIGNALS, zCircuitId, zGroth16Proof } from '../protocol/index.ts'
import { type G1, type G2, pairing, pointG1, pointG2, startCurve } from './curve.ts'
import type { PairingKey } from './pairing.ts'

// snarkjs writes projective points; a third coordinate of 1 says affine and not at infinity.
const zG1 = z.tuple([z.string(), z.string(), z.literal('1')]).transform(([x, y]): [string, string] => [x, y])
const zFp2 = z.tuple([z.string(), z.string()])
const zOne = z.tuple([z.literal('1'), z.literal('0')])
const zG2 = z.tuple([zFp2, zFp2, zOne]).transform(([x, y]): [[string, string], [string, string]] => [x, y])
const zPointG1 = zG1.pipe(zGroth16Proof.shape.a)
const zPointG2 = zG2.pipe(zGroth16Proof.shape.b)

/** A Groth16 verification key for BN254 as snarkjs exports it. */
const zKey = z.strictObject({
  protocol: z.literal('groth16'),
  curve: z.literal('bn128'),
  nPublic: z.literal(PUBLIC_SIGNALS.length),
  vk_alpha_1: zPointG1,
  vk_beta_2: zPointG2,
  vk_gamma_2: zPointG2,
  vk_delta_2: zPointG2,
  // e(alpha, beta) in a form of its own: computed here instead
  vk_alphabeta_12: z.unknown(),
  IC: z.array(zPointG1).length(PUBLIC_SIGNALS.length + 1),
})

/** What a verifier needs of a key's ceremony record. */
const zRecord = z.object({ id: zCircuitId, label: z.enum(['development', 'production']) })

/** A verification key that passed every check, ready for pairings. */
export interface VerificationKey {
  /** SHA-256 of the key in canonical JSON, hex: it names circuit and key together. */
  circuit: string
  label: 'development' | 'production'
  pairing: PairingKey
}

export interface KeyToLoad {
  /** The verification key's JSON, as snarkjs exports it. */
  key: unknown
  /** The ceremony record beside it. */
  record: unknown
  /** The pinned circuit id that key and record must have. */
  circuit: string
  /** Whether a development key is refused. There is no default: forgetting it must not be possible. */
  production: boolean
}

/** The id of a verification key: SHA-256 of its canonical JSON, hex. */
export function circuitIdOf(key: unknown): string {
  return bytesToHex(sha256(jcsBytes(key)))
}

/**
 * Loads the verification key of the presentation circuit.
 * @throws AssayError `artifactCorrupt` (not the pinned key, or not a key), `unsafeKey` (nobody contributed to its
 * set-up, so that anyone can forge proofs), `developmentKey` (in production)
 */
export async function loadVerificationKey({ key, record, circuit, production }: KeyToLoad): Promise<VerificationKey> {
  const about = zRecord.safeParse(record)
  if (!about.success) throw new AssayError('artifactCorrupt', 'The ceremony record is malformed')
  assertPinned('verification key', circuitIdOf(key), circuit)
  assertPinned('ceremony record', about.data.id, circuit)
  const { label } = about.data
  const pairing = await readKey(key)
  if (production && label === 'development') throw new AssayError('developmentKey')
  return { circuit, label, pairing }
}

function assertPinned(what: string, circuit: string, pinned: string): void {
  if (circuit === pinned) return
  throw new AssayError('artifactCorrupt', `The ${what} is of circuit ${circuit}, and ${pinned} is pinned`, { circuit })
}

async function readKey(json: unknown): Promise<PairingKey> {
  const parsed = zKey.safeParse(json)
  if (!parsed.success) {
    throw new AssayError('artifactCorrupt', `The verification key is malformed: ${z.prettifyError(parsed.error)}`)
  }
  const key = parsed.data
  assertContributed(key)
  await startCurve()
  return {
    alphaBeta: pairing(onG1('alpha', key.vk_alpha_1), onG2('beta', key.vk_beta_2)),
    gamma: onG2('gamma', key.vk_gamma_2),
    delta: onG2('delta', key.vk_delta_2),
    ic: key.IC.map((point, i) => onG1(`IC[${i}]`, point)),
  }
}

/** The abscissa of G2's generator (EIP-197), c0 and c1. */
const GENERATOR_X = [
  10857046999023057135944570762232829481370756359578518086990519993285655852781n,
  11559732032986387107991004021392285783925812861821192530917403151452391805634n,
] as const

/**
 * Before the first contribution snarkjs sets delta to the generator, which is gamma too: whoever knows how delta relates to
 * gamma makes proofs of anything. Equal abscissas cover the negated points as well.
 */
function assertContributed({ vk_delta_2: [delta], vk_gamma_2: [gamma] }: z.output<typeof zKey>): void {
  const isDelta = (x: readonly [bigint, bigint]) => x[0] === delta[0] && x[1] === delta[1]
  if (isDelta(gamma) || isDelta(GENERATOR_X)) throw new AssayError('unsafeKey')
}

function onG1(name: string, point: z.output<typeof zPointG1>): G1 {
  return pointG1(point) ?? refusePoint(name)
}

function onG2(name: string, point: z.output<typeof zPointG2>): G2 {
  return pointG2(point) ?? refusePoint(name)
}

function refusePoint(name: string): never {
  throw new AssayError('artifactCorrupt', `The verification key's point ${name} is not a point of its group`)
}
