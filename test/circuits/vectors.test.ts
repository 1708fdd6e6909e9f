import { readFileSync } from 'node:fs'
import { groth16 } from 'snarkjs'
import { afterAll, describe, expect, test } from 'vitest'
import { bn254 } from '../../scripts/circuits/curve.ts'
import type { Vector } from '../../scripts/vectors/vector.ts'
import { vectorsFile, vectorsText } from '../../scripts/vectors/vectors.ts'
import { errorCodes } from '../../src/protocol/errors.ts'
import { loadProvingArtifacts } from '../../src/storage/circuit-artifacts.ts'
import { pairingHolds, proofPoints } from '../../src/verifier/index.ts'
import { committedKey } from '../verifier/scenario.ts'
import { judgeRequest, judgeSignals, judgeStatement } from './judges.ts'

const text = readFileSync(vectorsFile, 'utf8')
const vectors: Vector[] = JSON.parse(text)
const withPart = <Part extends 'parser' | 'circuit' | 'verifier'>(part: Part) =>
  vectors.flatMap(({ name, reason, [part]: given }) => (given === undefined ? [] : [{ name, reason, given }]))

afterAll(async () => {
  await (await bn254()).terminate()
})

test('making the vectors again gives the committed file', () => {
  expect(vectorsText() === text, 'npm run vectors').toBe(true)
})

test('every vector has a name of its own, a judge, and a reason of the catalogue where it is refused', () => {
  expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length)
  for (const { verdict, reason, parser, circuit, verifier } of vectors) {
    const verdicts = [parser, circuit, verifier].flatMap((part) => (part === undefined ? [] : [part.verdict]))
    expect(verdicts.length).toBeGreaterThan(0)
    expect(verdict).toBe(verdicts.includes('refused') ? 'refused' : 'accepted')
    if (verdict === 'refused') expect(Object.keys(errorCodes)).toContain(reason)
    else expect(reason).toBeUndefined()
  }
})

describe('the parser judges alike', () => {
  test.each(withPart('parser'))('$name', ({ reason, given }) => {
    const expected = given.verdict === 'accepted' ? { verdict: 'accepted' } : { verdict: 'refused', reason }
    expect(judgeRequest(given)).toEqual(expected)
  })
})

describe('the circuit judges alike', () => {
  test.each(withPart('circuit'))('$name', async ({ given }) => {
    expect(await judgeStatement(given)).toEqual({ verdict: given.verdict })
  })
})

describe('the verifier judges alike', () => {
  test.each(withPart('verifier'))('$name', ({ reason, given }) => {
    const expected = given.verdict === 'accepted' ? { verdict: 'accepted' } : { verdict: 'refused', reason }
    expect(judgeSignals(given)).toEqual(expected)
  })
})

test('proofs of accepted statements verify under the committed key', async () => {
  const { pairing } = await committedKey()
  const { wasm, zkey } = await loadProvingArtifacts()
  const provable = withPart('circuit').filter(({ given }) => given.signals !== undefined)
  for (const { name, given } of [provable[0]!, provable.at(-1)!]) {
    const { proof, publicSignals } = await groth16.fullProve(given.inputs, wasm, zkey)
    expect(publicSignals, name).toEqual(given.signals)
    const [a, c] = [proof.pi_a, proof.pi_c].map(([x, y]) => [BigInt(x!), BigInt(y!)] as [bigint, bigint])
    const b = proof.pi_b.slice(0, 2).map(([c0, c1]) => [BigInt(c0!), BigInt(c1!)]) as [
      [bigint, bigint],
      [bigint, bigint],
    ]
    expect(pairingHolds(pairing, proofPoints({ a: a!, b, c: c! })!, publicSignals.map(BigInt)), name).toBe(true)
  }
})
