import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { powersOfTau, zKey } from 'snarkjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Circuit } from '../../scripts/circuits/circuit-list.ts'
import { type Compiled, compileCircuit } from '../../scripts/circuits/compile-circuit.ts'
import { applyBeacon, contribute } from '../../scripts/circuits/contribute.ts'
import { bn254 } from '../../scripts/circuits/curve.ts'
import { artifactPaths, buildFolder, root } from '../../scripts/circuits/paths.ts'
import { readKeyRecord } from '../../scripts/circuits/read-key-record.ts'
import { verifyKey } from '../../scripts/circuits/verify-key.ts'
import type { Groth16Proof } from '../../src/protocol/presentation.ts'
import { assertContributed } from '../../src/verifier/assert-contributed.ts'
import { zContributions } from '../../src/verifier/contributions.ts'
import { type G2, pointG2, startCurve } from '../../src/verifier/curve.ts'

// A whole ceremony on a circuit of nine constraints takes a second or two: the steps are those of the real one.
const tiny: Circuit = {
  file: 'lib/fits-bits.circom',
  template: 'FitsBits',
  parameters: [8],
  publicSignals: ['in'],
  publicInputs: ['in'],
  maxConstraints: 16,
}

let folder: string
let compiled: Compiled
let ptau: string
const key = (number: number) => join(folder, `${number}.zkey`)

beforeAll(async () => {
  await mkdir(buildFolder, { recursive: true })
  folder = await mkdtemp(join(buildFolder, 'ceremony-'))
  compiled = await compileCircuit('tiny', folder, tiny)
  const [first, second] = [join(folder, '1.ptau'), join(folder, '2.ptau')]
  ptau = join(folder, '3.ptau')
  await powersOfTau.newAccumulator(await bn254(), 5, first)
  await powersOfTau.contribute(first, second, 'test', 'test')
  await powersOfTau.preparePhase2(second, ptau)
  await zKey.newZKey(compiled.r1cs, ptau, key(0))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await (await bn254()).terminate()
})

test('a key records the contributions in the very hashes that contributors were told', async () => {
  const one = await contribute(key(0), key(1), 'one')
  const two = await contribute(key(1), key(2), 'zwei, ü')
  const beacon = await applyBeacon(key(2), key(3), '0badc0de', 10)
  expect((await readRecord(key(0))).contributions).toEqual([])
  expect(await readRecord(key(3))).toMatchObject({
    circuitHash: (await readRecord(key(0))).circuitHash,
    contributions: [
      { name: 'one', type: 'contribution', hash: one },
      { name: 'zwei, ü', type: 'contribution', hash: two },
      { name: 'beacon', type: 'beacon', hash: beacon, beacon: { value: '0badc0de', iterationsExp: 10 } },
    ],
  })
})

test('the record of a key leads by pairings from the generator to its delta, and to no other', async () => {
  await contribute(key(0), key(7), 'one')
  await contribute(key(7), key(8), 'two')
  await applyBeacon(key(8), key(9), '0badc0de', 10)
  await startCurve()
  const [record, fewer] = [await ceremonyOf(key(9)), await ceremonyOf(key(8))]
  const [[gamma, delta], [, before]] = [await pointsOf(key(9)), await pointsOf(key(8))]
  assertContributed(record, gamma, delta)
  assertContributed(fewer, gamma, before)
  const last = 'its delta is not that of the last contribution'
  expect(() => assertContributed(record, gamma, before)).toThrow(expect.objectContaining({ detail: { reason: last } }))
  expect(() => assertContributed(fewer, gamma, delta)).toThrow(expect.objectContaining({ detail: { reason: last } }))
})

async function readRecord(zkey: string) {
  return readKeyRecord(await readFile(zkey))
}

async function ceremonyOf(zkey: string) {
  return zContributions.parse(await readRecord(zkey))
}

/** gamma and delta of a key. */
async function pointsOf(zkey: string): Promise<[G2, G2]> {
  const { vk_gamma_2, vk_delta_2 } = (await zKey.exportVerificationKey(zkey)) as Record<string, string[][]>
  const point = ([x, y]: string[][]) => pointG2([x, y].map((pair) => pair!.map(BigInt)) as Groth16Proof['b'])!
  return [point(vk_gamma_2!), point(vk_delta_2!)]
}

test('two contributions to one key differ: the entropy is fresh', async () => {
  expect(await contribute(key(0), key(4), 'one')).not.toBe(await contribute(key(0), key(5), 'one'))
})

test('the full check accepts a key of its own circuit, and refuses that of another', async () => {
  await contribute(key(0), key(6), 'one')
  await verifyKey(compiled.r1cs, ptau, key(6))
  const other = await compileCircuit('other', folder, { ...tiny, parameters: [9] })
  await expect(verifyKey(other.r1cs, ptau, key(6))).rejects.toThrow(
    /^The proving key does not follow from the circuit and the powers of tau: /,
  )
})

test('a circuit beyond its limit is refused', async () => {
  await expect(compileCircuit('large', folder, { ...tiny, maxConstraints: 7 })).rejects.toThrow(
    'large has 8 constraints; its limit is 7.',
  )
})

describe('the command', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/circuits/main.ts', ...args], { cwd: root })

  test('says which file it does not accept, and fails', async () => {
    const refused = run('verify', '--ptau', artifactPaths('presentation').vkey)
    await expect(refused).rejects.toMatchObject({ code: 1, stdout: '' })
    await expect(refused).rejects.toThrow('presentation.vkey.json is no accepted powers-of-tau file')
  })

  test('fails on a circuit that is none', async () => {
    const refused = run('compile', '--circuit', 'absent')
    await expect(refused).rejects.toMatchObject({ code: 1 })
    await expect(refused).rejects.toThrow('circuits/circuits.json knows no circuit "absent".')
  })
})
