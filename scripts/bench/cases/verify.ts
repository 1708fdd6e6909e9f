import { type Groth16Proof, groth16 } from 'snarkjs'
import { zGroth16Proof } from '../../../src/protocol/index.ts'
import { loadVerifyingArtifacts } from '../../../src/storage/circuit-artifacts.ts'
import { loadVerificationKey, pairingHolds, proofPoints } from '../../../src/verifier/index.ts'
import { measureByTurns } from '../measure.ts'
import { type CaseOptions, compare, type Row } from '../row.ts'
import { presentOne } from '../statement.ts'
import { project, versionOf } from '../versions.ts'

/** One Groth16 verification of one proof, from the JSON of the proof to yes. */
export async function benchVerify({ quick, say }: CaseOptions): Promise<Row[]> {
  say('Verification: ours and snarkjs by turns')
  const { record, verificationKey } = await loadVerifyingArtifacts()
  const { pairing } = await loadVerificationKey({ key: verificationKey, record, circuit: record.id, production: false })
  const { constraints, present } = await presentOne()
  const { proof, signals } = (await present(0)).proofs[0]!
  const values = signals.map(BigInt)
  const snarkjsProof: Groth16Proof = {
    protocol: 'groth16',
    curve: 'bn128',
    pi_a: [...proof.a, '1'],
    pi_b: [...proof.b, ['1', '0']],
    pi_c: [...proof.c, '1'],
  }
  const contenders = {
    assay: () => {
      const points = proofPoints(zGroth16Proof.parse(proof))
      assertYes(points !== undefined && pairingHolds(pairing, points, values))
    },
    peer: async () => assertYes(await groth16.verify(verificationKey as object, signals, snarkjsProof)),
  }
  const times = await measureByTurns(contenders, quick ? { warmUp: 3, rounds: 15 } : { warmUp: 20, rounds: 150 })
  const peer = `snarkjs ${await versionOf('snarkjs', project)}, groth16.verify`
  return [
    compare({
      case: 'verify',
      name: 'verify one proof',
      assay: { what: 'point checks and pairing on mcl-wasm', constraints, ...times.assay },
      peer: { what: peer, constraints, ...times.peer },
      expected: 3,
    }),
  ]
}

function assertYes(answer: boolean): void {
  if (!answer) throw new Error('A correct proof was refused')
}
