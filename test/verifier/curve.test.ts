import mcl from 'mcl-wasm'
import { expect, it } from 'vitest'
import { equal, type GT, pointG1, startCurve } from '../../src/verifier/curve.ts'
import { pairingHolds, proofPoints } from '../../src/verifier/index.ts'
import { readArtifact } from '../shared/proof-fixture.ts'
import { committedKey } from './scenario.ts'

it('refuses to compute before it is started', () => {
  expect(() => pointG1([1n, 2n])).toThrow('The curve is not started: await startCurve() first')
})

it('keeps its curve while another part of the process uses mcl with another one', async () => {
  const { pairing } = await committedKey()
  const { vk_alpha_1, vk_beta_2 } = (await readArtifact('vkey.json')) as { vk_alpha_1: string[]; vk_beta_2: string[][] }
  const pair = (text: string[]) => text.slice(0, 2).map(BigInt) as [bigint, bigint]
  const a = pair(vk_alpha_1)
  const proof = { a, b: [pair(vk_beta_2[0]!), pair(vk_beta_2[1]!)] as [typeof a, typeof a], c: a }
  const signals = Array<bigint>(7).fill(1n)

  await mcl.init(mcl.BLS12_381)
  expect(pointG1([1n, 2n])).toBeDefined()
  expect(pairingHolds(pairing, proofPoints(proof)!, signals)).toBe(false)
})

it('compares values of one group alone', async () => {
  await startCurve()
  const point = pointG1([1n, 2n])!
  expect(equal(point, pointG1([1n, 2n])!)).toBe(true)
  expect(() => equal<typeof point | GT>(point, new Uint8Array(576) as GT)).toThrow(TypeError)
})
