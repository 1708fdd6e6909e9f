import { bn254 } from '@noble/curves/bn254.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { circuitIdOf, type KeyToLoad, loadVerificationKey } from '../../src/verifier/index.ts'
import { readArtifact } from '../shared/proof-fixture.ts'

type Key = Record<string, unknown>
let key: Key
let record: Key

beforeAll(async () => {
  key = await readArtifact('vkey.json')
  record = await readArtifact('json')
})

/** Loads a changed key as if it were the pinned one. */
function load(changes: Key, label = 'production', production = true) {
  const changed = { ...key, ...changes }
  const circuit = circuitIdOf(changed)
  return loadVerificationKey({ key: changed, record: { id: circuit, label }, circuit, production })
}

const committed = (): KeyToLoad => ({ key, record, circuit: String(record.id), production: false })

describe('loading a verification key', () => {
  it('loads the committed key, whose id is the one in its record', async () => {
    expect(circuitIdOf(key)).toBe(record.id)
    expect(await loadVerificationKey(committed())).toMatchObject({ circuit: record.id, label: 'development' })
  })

  it('refuses another key than the pinned one', async () => {
    const circuit = 'f'.repeat(64)
    await expect(loadVerificationKey({ ...committed(), circuit })).rejects.toMatchObject({
      code: 'artifactCorrupt',
      message: `The verification key is of circuit ${record.id}, and ${circuit} is pinned`,
    })
    const altered = { ...key, IC: [...(key.IC as unknown[])].reverse() }
    await expect(loadVerificationKey({ ...committed(), key: altered })).rejects.toMatchObject({
      code: 'artifactCorrupt',
      message: `The verification key is of circuit ${circuitIdOf(altered)}, and ${record.id} is pinned`,
    })
  })

  it("refuses a record that is malformed or another key's", async () => {
    await expect(loadVerificationKey({ ...committed(), record: { id: record.id } })).rejects.toMatchObject({
      code: 'artifactCorrupt',
      message: 'The ceremony record is malformed',
    })
    const other = { ...record, id: 'f'.repeat(64) }
    await expect(loadVerificationKey({ ...committed(), record: other })).rejects.toMatchObject({
      code: 'artifactCorrupt',
      message: `The ceremony record is of circuit ${other.id}, and ${record.id} is pinned`,
    })
  })

  it('refuses a development key in production', async () => {
    await expect(loadVerificationKey({ ...committed(), production: true })).rejects.toMatchObject({
      code: 'developmentKey',
      message: 'A development key is refused in production.',
    })
    expect(await load({}, 'production')).toMatchObject({ label: 'production' })
  })

  it('refuses a key that nobody contributed to: delta is gamma or the generator, negated or not', async () => {
    const generator = bn254.G2.Point.BASE
    const text = (point: typeof generator) => {
      const { x, y } = point.toAffine()
      return [
        [String(x.c0), String(x.c1)],
        [String(y.c0), String(y.c1)],
        ['1', '0'],
      ]
    }
    const refusal = {
      code: 'unsafeKey',
      message: 'The verification key accepts forgeries: nobody contributed to its set-up.',
    }
    const gamma = generator.multiply(5n)
    for (const delta of [generator, generator.negate()]) {
      await expect(load({ vk_delta_2: text(delta) }), 'generator').rejects.toMatchObject(refusal)
      const other = { vk_gamma_2: text(gamma), vk_delta_2: text(delta) }
      await expect(load(other), 'generator, with another gamma').rejects.toMatchObject(refusal)
    }
    for (const delta of [gamma, gamma.negate()]) {
      const changes = { vk_gamma_2: text(gamma), vk_delta_2: text(delta) }
      await expect(load(changes), 'gamma').rejects.toMatchObject(refusal)
    }
    expect(await load({ vk_gamma_2: text(gamma), vk_delta_2: text(gamma.double()) })).toBeDefined()
  })

  it('refuses points that are not of their group', async () => {
    const refusal = (name: string) => ({
      code: 'artifactCorrupt',
      message: `The verification key's point ${name} is not a point of its group`,
    })
    const off = ['1', '3', '1']
    await expect(load({ vk_alpha_1: off })).rejects.toMatchObject(refusal('alpha'))
    const ic = key.IC as unknown[]
    await expect(load({ IC: ic.with(7, off) })).rejects.toMatchObject(refusal('IC[7]'))
    await expect(load({ IC: ic.with(0, ['0', '0', '1']) })).rejects.toMatchObject(refusal('IC[0]'))
    for (const [name, member] of [
      ['beta', 'vk_beta_2'],
      ['gamma', 'vk_gamma_2'],
      ['delta', 'vk_delta_2'],
    ] as const) {
      const [[x0, x1], y] = key[member] as [[string, string], unknown]
      const moved = [[x0, x1 === '0' ? '1' : `${BigInt(x1) - 1n}`], y, ['1', '0']]
      await expect(load({ [member]: moved })).rejects.toMatchObject(refusal(name))
    }
  })

  it.each([
    ['another protocol', { protocol: 'plonk' }],
    ['another curve', { curve: 'bls12381' }],
    ['another number of signals', { nPublic: 8 }],
    ['a point missing', { IC: [] }],
    ['a member besides', { extra: 1 }],
    ['a point at infinity', { vk_alpha_1: ['0', '1', '0'] }],
    ['a number that is not canonical', { vk_alpha_1: ['01', '2', '1'] }],
    [
      'a coordinate of q',
      { vk_alpha_1: ['21888242871839275222246405745257275088696311157297823662689037894645226208584', '2', '1'] },
    ],
  ])('refuses a key with %s', async (_, changes) => {
    await expect(load(changes)).rejects.toMatchObject({
      code: 'artifactCorrupt',
      message: expect.stringContaining('The verification key is malformed: '),
    })
  })
})
