import { readFile } from 'node:fs/promises'
import { type Groth16Proof, groth16 } from 'snarkjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCeremonyRecord } from '../../scripts/circuits/ceremony-record.ts'
import { readArtifact } from '../../scripts/circuits/compressed.ts'
import { bn254 } from '../../scripts/circuits/curve.ts'
import { artifactPaths } from '../../scripts/circuits/paths.ts'
import { circuitIdOf } from '../../src/protocol/circuit-id.ts'
import { toField } from '../../src/protocol/field.ts'
import { PUBLIC_SIGNALS } from '../../src/protocol/signals.ts'
import { inputsFor } from './scenario.ts'
import { computeWitness } from './witness.ts'

const paths = artifactPaths('presentation')
let key: Record<string, unknown>
let proof: Groth16Proof
let signals: string[]

beforeAll(async () => {
  key = JSON.parse(await readFile(paths.vkey, 'utf8'))
  const made = await groth16.prove(await readArtifact(paths.zkey), await computeWitness(inputsFor()))
  proof = made.proof
  signals = made.publicSignals
})

afterAll(async () => {
  await (await bn254()).terminate()
})

test('an honest proof under the committed key verifies', async () => {
  expect(await groth16.verify(key as never, signals, proof)).toBe(true)
})

describe('the proof is bound to every public signal', () => {
  test.each(PUBLIC_SIGNALS.map((name, i) => [name, i] as const))('another %s is refused', async (name, i) => {
    for (const value of [0n, BigInt(signals[i]!) + 1n, toField(name)])
      expect(await groth16.verify(key as never, signals.with(i, String(value)), proof)).toBe(false)
  })

  test('two signals exchanged are refused', async () => {
    const [pseudonym, devicePseudonym, ...rest] = signals as [string, string, ...string[]]
    expect(await groth16.verify(key as never, [devicePseudonym, pseudonym, ...rest], proof)).toBe(false)
  })
})

describe('the committed key', () => {
  test('has an input for 1 and one for each public signal', () => {
    expect(key.nPublic).toBe(PUBLIC_SIGNALS.length)
    expect(new Set((key.IC as string[][]).map((point) => point.join())).size).toBe(PUBLIC_SIGNALS.length + 1)
  })

  test('was contributed to: its delta is neither gamma nor the generator', () => {
    expect(key.vk_delta_2).not.toEqual(key.vk_gamma_2)
    expect(key.vk_delta_2).not.toEqual([
      [
        '10857046999023057135944570762232829481370756359578518086990519993285655852781',
        '11559732032986387107991004021392285783925812861821192530917403151452391805634',
      ],
      [
        '8495653923123431417604973247489272438418190587263600148770280649306958101930',
        '4082367875863433681332203403145435568316851327593401208105741076214120093531',
      ],
      ['1', '0'],
    ])
  })

  test('is named by the hash of its canonical JSON and its label, development', async () => {
    const record = await readCeremonyRecord('presentation')
    expect(record.id).toBe(circuitIdOf(key, 'development'))
    expect(record.label).toBe('development')
  })
})
