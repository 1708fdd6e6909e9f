import { bn254 } from '@noble/curves/bn254.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { circuitIdOf, type KeyLabel } from '../../src/protocol/index.ts'
import { type Contribution, contributionHash, transcripts } from '../../src/verifier/contributions.ts'
import { type KeyToLoad, loadVerificationKey } from '../../src/verifier/index.ts'
import { readArtifact } from '../shared/proof-fixture.ts'
import { CIRCUIT_HASH, contributionsJson, contributionsOf, deltaOf, keyPoint } from './ceremony.ts'

type Key = Record<string, unknown>
let key: Key
let record: Key

beforeAll(async () => {
  key = await readArtifact('vkey.json')
  record = await readArtifact('json')
})

/** Loads a changed key as if it were the pinned one. */
function load(changes: Key, ceremony: Key = {}, label: KeyLabel = 'production') {
  const changed = { ...key, ...changes }
  const circuit = circuitIdOf(changed, label)
  const about = { ...record, ...ceremony, id: circuit, label }
  return loadVerificationKey({ key: changed, record: about, circuit, production: true })
}

/** Loads a key whose delta comes of `numbers`, with a record of these contributions. */
function loadMade(contributions: readonly Contribution[], numbers: bigint[]) {
  const ceremony = { circuitHash: CIRCUIT_HASH, contributions: contributionsJson(contributions) }
  return load({ vk_delta_2: deltaOf(...numbers) }, ceremony)
}

const unsafe = (reason: string) => ({
  code: 'unsafeKey',
  message: 'The verification key may accept forgeries: its record does not show who contributed to its set-up.',
  detail: { reason },
})

const committed = (): KeyToLoad => ({ key, record, circuit: String(record.id), production: false })

describe('loading a verification key', () => {
  it('loads the committed key, whose id is the one in its record', async () => {
    expect(circuitIdOf(key, 'development')).toBe(record.id)
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
      message: `The verification key is of circuit ${circuitIdOf(altered, 'development')}, and ${record.id} is pinned`,
    })
  })

  it('refuses an exchanged label: the id covers it', async () => {
    const relabelled = { ...committed(), record: { ...record, label: 'production' }, production: true }
    await expect(loadVerificationKey(relabelled)).rejects.toMatchObject({
      code: 'artifactCorrupt',
      message: `The verification key is of circuit ${circuitIdOf(key, 'production')}, and ${record.id} is pinned`,
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
    expect(await load({})).toMatchObject({ label: 'production' })
  })

  it.each([1n, 2n, 3n, 256n])('refuses a delta of %i times gamma, whatever record goes with it', async (k) => {
    const other = unsafe('its delta is not that of the last contribution')
    await expect(load({ vk_delta_2: deltaOf(k) })).rejects.toMatchObject(other)
    const chain = unsafe('its delta is a small multiple of the generator')
    await expect(loadMade(contributionsOf([k]), [k])).rejects.toMatchObject(chain)
    const negated = bn254.fields.Fr.ORDER - k
    await expect(loadMade(contributionsOf([negated]), [negated])).rejects.toMatchObject(chain)
  })

  it('refuses a gamma that is not the generator, whatever delta is to it', async () => {
    const gamma = bn254.G2.Point.BASE.multiply(5n)
    for (const delta of [gamma, gamma.double(), bn254.G2.Point.BASE]) {
      const changes = { vk_gamma_2: keyPoint(gamma), vk_delta_2: keyPoint(delta) }
      await expect(load(changes)).rejects.toMatchObject(unsafe('its gamma is not the generator'))
    }
  })

  it('loads a key of several contributions, and refuses one that leaves out, adds or reorders any', async () => {
    const numbers = [1234n, 56_789n, 101_112n]
    const contributions = contributionsOf(numbers)
    expect(await loadMade(contributions, numbers)).toBeDefined()
    const last = unsafe('its delta is not that of the last contribution')
    await expect(loadMade(contributions.slice(0, 2), numbers)).rejects.toMatchObject(last)
    await expect(loadMade(contributions, numbers.slice(0, 2))).rejects.toMatchObject(last)
    const hash = unsafe('contribution 0 has another hash')
    await expect(loadMade(contributions.slice(1), numbers)).rejects.toMatchObject(hash)
    await expect(loadMade(contributions.toReversed(), numbers)).rejects.toMatchObject(hash)
  })

  it('refuses a record without contributions, or with public randomness alone', async () => {
    const none = { circuitHash: CIRCUIT_HASH, contributions: [] }
    await expect(load({}, none)).rejects.toMatchObject({ message: 'The ceremony record is malformed' })
    const beacon = contributionsOf([1234n], 'beacon')
    await expect(loadMade(beacon, [1234n])).rejects.toMatchObject(unsafe('it states public randomness alone'))
  })

  it('refuses a contribution whose number is not shown to have been known', async () => {
    const [honest] = contributionsOf([1234n])
    const [other] = contributionsOf([5678n])
    const sealed = (points: Partial<Contribution>) => {
      const changed = { ...honest!, ...points }
      return { ...changed, hash: contributionHash(changed, transcripts(CIRCUIT_HASH, [changed])[0]!) }
    }
    const unknown = unsafe('contribution 0 does not show that its number was known')
    await expect(loadMade([sealed({ spx: other!.spx })], [1234n])).rejects.toMatchObject(unknown)
    // sx is in the transcript: another one asks for another point
    await expect(loadMade([sealed({ sx: other!.sx })], [1234n])).rejects.toMatchObject(unknown)
    const unrelated = unsafe('contribution 0 does not follow the one before')
    await expect(loadMade([sealed({ deltaAfter: other!.deltaAfter })], [5678n])).rejects.toMatchObject(unrelated)
  })

  it('refuses a record with another hash, another circuit or a point off its curve', async () => {
    const [made] = contributionsOf([1234n])
    const wrong = { ...made!, hash: '0'.repeat(128) }
    await expect(loadMade([wrong], [1234n])).rejects.toMatchObject(unsafe('contribution 0 has another hash'))
    await expect(load({}, { circuitHash: CIRCUIT_HASH })).rejects.toMatchObject(
      unsafe('contribution 0 has another hash'),
    )
    const off = { ...made!, s: [1n, 3n] as [bigint, bigint] }
    const sealed = { ...off, hash: contributionHash(off, transcripts(CIRCUIT_HASH, [off])[0]!) }
    const reason = 'its record holds a point that is not one of its group'
    await expect(loadMade([sealed], [1234n])).rejects.toMatchObject(unsafe(reason))
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
