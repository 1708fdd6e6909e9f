import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { toBase64url } from '../../protocol/bytes.ts'
import type { Sign } from '../../protocol/effects.ts'
import { AssayError } from '../../protocol/errors.ts'
import { jcsBytes } from '../../protocol/jcs.ts'
import { buildShaTree, type ShaTree, shaLeaf, shaPath, shaRoot } from '../sha-tree.ts'
import { layerEntries } from './layer-entries.ts'
import { deriveSeedA, MATRIX_A, MATRIX_B, matrixRows } from './matrices.ts'
import type { MatrixChallenge, MatrixCommitment, MatrixOpenings, OpenedRow, Sample } from './messages.ts'
import type { MultiplyBackend } from './multiply-matrices.ts'
import { rowToBytes } from './row-bytes.ts'

export interface ProverEffects {
  /** The agent's Ed25519 public key and what signs with it. */
  agentKey: Uint8Array
  sign: Sign
  device: bigint
  multiply: MultiplyBackend
  /** Called after each layer. */
  onLayer?: (done: number, total: number) => void
}

/** What a prover keeps between commitment and openings: all rows of all layers (4·L·n² bytes) and their tree. */
export interface MatrixAnswer {
  challenge: MatrixChallenge
  layers: readonly Uint32Array[]
  tree: ShaTree
}

/**
 * Computes X_0 = A·B and X_l = f_l(X_{l−1})·B. Slow by design: 2·L·n³ operations.
 * Throws what the back end throws.
 */
export async function computeAnswer(
  challenge: MatrixChallenge,
  { agentKey, device, multiply, onLayer }: Omit<ProverEffects, 'sign'>,
): Promise<MatrixAnswer> {
  const { n } = challenge
  const nonce = hexToBytes(challenge.nonce)
  const seedA = deriveSeedA({ nonce, beacon: hexToBytes(challenge.beacon), agentKey, device })
  const right = matrixRows(hexToBytes(challenge.seedB), MATRIX_B, n, 0, n)
  const layers: Uint32Array[] = []
  let left = matrixRows(seedA, MATRIX_A, n, 0, n)
  for (let layer = 0; layer < challenge.layers; layer++) {
    const previous = layers[layer - 1]
    if (previous !== undefined) left = layerEntries(layer, previous)
    layers.push(await multiply(left, right, n))
    onLayer?.(layer + 1, challenge.layers)
  }
  return answerFromLayers(challenge, layers)
}

/** The answer that commits to given layers. */
export function answerFromLayers(challenge: MatrixChallenge, layers: readonly Uint32Array[]): MatrixAnswer {
  const leaves = layers.flatMap((layer) => {
    return Array.from({ length: challenge.n }, (_, row) => shaLeaf(rowToBytes(rowOf(layer, row, challenge.n))))
  })
  return { challenge, layers, tree: buildShaTree(leaves) }
}

function rowOf(layer: Uint32Array, row: number, n: number): Uint32Array {
  return layer.subarray(row * n, (row + 1) * n)
}

/** What is signed of a commitment: JCS of {type, id, root}. */
export function commitmentBytes({ id, root }: { id: string; root: string }): Uint8Array {
  return jcsBytes({ type: 'mm1-commitment', id, root })
}

/** The signed commitment to an answer: sending it stops the clock. */
export async function commitAnswer({ challenge, tree }: MatrixAnswer, sign: Sign): Promise<MatrixCommitment> {
  const receipt = { id: challenge.id, root: bytesToHex(shaRoot(tree)) }
  return { type: 'mm1-commitment', ...receipt, signature: toBase64url(await sign(commitmentBytes(receipt))) }
}

/**
 * Opens the rows that the issuer named.
 * @throws AssayError `malformed` when it names rows that the challenge does not have.
 */
export function openAnswer(answer: MatrixAnswer, samples: readonly Sample[]): MatrixOpenings {
  const { challenge, layers, tree } = answer
  const open = (layer: number, row: number): OpenedRow => ({
    value: toBase64url(rowToBytes(rowOf(layers[layer]!, row, challenge.n))),
    path: shaPath(tree, layer * challenge.n + row).map(bytesToHex),
  })
  const openings = samples.map(({ layer, row }) => {
    if (layer >= challenge.layers || row >= challenge.n) {
      throw new AssayError('malformed', `The challenge has no row ${row} in layer ${layer}`)
    }
    return { layer, row, current: open(layer, row), previous: layer === 0 ? null : open(layer - 1, row) }
  })
  return { type: 'mm1-openings', id: challenge.id, openings }
}

/** Computes the answer and signs the commitment to it; `open` then answers the issuer's samples. */
export async function answerChallenge(
  challenge: MatrixChallenge,
  effects: ProverEffects,
): Promise<{ commitment: MatrixCommitment; open: (samples: readonly Sample[]) => MatrixOpenings }> {
  const answer = await computeAnswer(challenge, effects)
  const commitment = await commitAnswer(answer, effects.sign)
  return { commitment, open: (samples) => openAnswer(answer, samples) }
}
