import { buildEddsa } from 'circomlibjs'
import { createCircuitSigner } from '../../../src/protocol/index.ts'
import { measureByTurns } from '../measure.ts'
import { type CaseOptions, compare, type Row } from '../row.ts'
import { digest } from '../statement.ts'
import { project, versionOf } from '../versions.ts'

/**
 * The signature inside a credential: EdDSA-Poseidon over one field element, by the same key, to the same result. Ours is by a
 * signer that expanded its key before, as an issuer's has; circomlibjs expands the key each time, it has no other way.
 */
export async function benchSignature({ quick, say }: CaseOptions): Promise<Row[]> {
  say('Credential signature: ours and circomlibjs by turns')
  const eddsa = await buildEddsa()
  const key = digest('circuit key')
  const message = (round: number) => BigInt(`0x${Buffer.from(digest(`message ${round}`)).toString('hex')}`) >> 8n
  const signer = createCircuitSigner(key)
  assertSameSignature(eddsa, key, message(0))
  const contenders = {
    assay: (round: number) => signer.sign(message(round)),
    peer: (round: number) => eddsa.signPoseidon(key, eddsa.F.e(message(round))),
  }
  const times = await measureByTurns(contenders, quick ? { warmUp: 5, rounds: 15 } : { warmUp: 30, rounds: 200 })
  const peer = `circomlibjs ${await versionOf('circomlibjs', project)}, signPoseidon`
  return [
    compare({
      case: 'signature',
      name: 'sign a credential for the circuit',
      assay: { what: 'CircuitSigner.sign', ...times.assay },
      peer: { what: peer, ...times.peer },
      expected: 20,
    }),
  ]
}

function assertSameSignature(eddsa: Awaited<ReturnType<typeof buildEddsa>>, key: Uint8Array, message: bigint): void {
  const ours = createCircuitSigner(key).sign(message)
  const { R8, S } = eddsa.signPoseidon(key, eddsa.F.e(message))
  const same = ours.s === S && ours.r8.every((coordinate, i) => coordinate === eddsa.F.toObject(R8[i]))
  if (!same) throw new Error('The two signatures differ, so that their times can not be compared')
}
