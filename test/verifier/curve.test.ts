import mcl from 'mcl-wasm'
import { expect, it } from 'vitest'
import { pointG1, startCurve } from '../../src/verifier/curve.ts'
import { pairingHolds, proofPoints } from '../../src/verifier/index.ts'
import { readArtifact } from '../shared/proof-fixture.ts'
import { committedKey } from './scenario.ts'

it('throws, and does not answer no, while another part of the process has set mcl to another curve', async () => {
  const { pairing } = await committedKey()
  const { vk_alpha_1, vk_beta_2 } = (await readArtifact('vkey.json')) as { vk_alpha_1: string[]; vk_beta_2: string[][] }
  const pair = (text: string[]) => text.slice(0, 2).map(BigInt) as [bigint, bigint]
  const a = pair(vk_alpha_1)
  const proof = { a, b: [pair(vk_beta_2[0]!), pair(vk_beta_2[1]!)] as [typeof a, typeof a], c: a }
  const points = proofPoints(proof)!
  const signals = Array<bigint>(7).fill(1n)
  expect(pairingHolds(pairing, points, signals)).toBe(false)

  await mcl.init(mcl.BLS12_381)
  const wrongCurve = new Error('mcl is not set to the curve BN_SNARK1')
  expect(() => pairingHolds(pairing, points, signals)).toThrow(wrongCurve)
  expect(() => pointG1([1n, 2n])).toThrow(wrongCurve)

  await mcl.init(mcl.BN_SNARK1)
  await startCurve()
  expect(pointG1([1n, 2n])).toBeDefined()
  expect(pairingHolds(pairing, points, signals)).toBe(false)
})
