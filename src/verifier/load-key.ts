import * as z from 'zod'
import {
  AssayError,
  circuitIdOf,
  type KeyLabel,
  PUBLIC_SIGNALS,
  zCircuitId,
  zGroth16Proof,
  zKeyLabel,
} from '../protocol/index.ts'
import { assertContributed, type Ceremony } from './assert-contributed.ts'
import { zContributions } from './contributions.ts'
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
const zRecord = z.object({ id: zCircuitId, label: zKeyLabel, ...zContributions.shape })

/** A verification key that passed every check, ready for pairings. */
export interface VerificationKey {
  /** The id of circuit, key and label together (`circuitIdOf`). */
  circuit: string
  label: KeyLabel
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

/**
 * Loads the verification key of the presentation circuit.
 * @throws AssayError `artifactCorrupt` (not the pinned key or label, or not a key), `unsafeKey` (the record's contributions
 * don't lead to this key, so that someone may be able to forge proofs), `developmentKey` (in production)
 */
export async function loadVerificationKey({ key, record, circuit, production }: KeyToLoad): Promise<VerificationKey> {
  const about = zRecord.safeParse(record)
  if (!about.success) throw new AssayError('artifactCorrupt', 'The ceremony record is malformed')
  const { id, label } = about.data
  assertPinned('verification key', circuitIdOf(key, label), circuit)
  assertPinned('ceremony record', id, circuit)
  const pairing = await readKey(key, about.data)
  if (production && label === 'development') throw new AssayError('developmentKey')
  return { circuit, label, pairing }
}

function assertPinned(what: string, circuit: string, pinned: string): void {
  if (circuit === pinned) return
  throw new AssayError('artifactCorrupt', `The ${what} is of circuit ${circuit}, and ${pinned} is pinned`, { circuit })
}

async function readKey(json: unknown, ceremony: Ceremony): Promise<PairingKey> {
  const parsed = zKey.safeParse(json)
  if (!parsed.success) {
    throw new AssayError('artifactCorrupt', `The verification key is malformed: ${z.prettifyError(parsed.error)}`)
  }
  const key = parsed.data
  await startCurve()
  const pairingKey = {
    alphaBeta: pairing(onG1('alpha', key.vk_alpha_1), onG2('beta', key.vk_beta_2)),
    gamma: onG2('gamma', key.vk_gamma_2),
    delta: onG2('delta', key.vk_delta_2),
    ic: key.IC.map((point, i) => onG1(`IC[${i}]`, point)),
  }
  assertContributed(ceremony, pairingKey.gamma, pairingKey.delta)
  return pairingKey
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
