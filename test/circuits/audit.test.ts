import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditCases } from '../../scripts/circuits/audit/cases.ts'
import { compileMutant } from '../../scripts/circuits/audit/compile-mutant.ts'
import { lemmas } from '../../scripts/circuits/audit/denominators.ts'
import { describe as describeRun, findOpen, wiresThatFollow } from '../../scripts/circuits/audit/determinism.ts'
import { isSatisfiable } from '../../scripts/circuits/audit/evaluate.ts'
import { listMutants } from '../../scripts/circuits/audit/mutants.ts'
import { judgeMutant } from '../../scripts/circuits/audit/mutation.ts'
import { propagate } from '../../scripts/circuits/audit/propagate.ts'
import type { Constraint, R1cs } from '../../scripts/circuits/audit/read-r1cs.ts'
import { buildFolder } from '../../scripts/circuits/paths.ts'
import { FIELD_ORDER } from '../../src/protocol/field.ts'
import { refusal } from './witness.ts'

let folder: string
beforeAll(async () => {
  await mkdir(buildFolder, { recursive: true })
  folder = await mkdtemp(join(buildFolder, 'audit-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('propagation', () => {
  const one = [[0, 1n]] as const
  const minusOne = [0, FIELD_ORDER - 1n] as const
  /** Wire 1 is an input; the others are named by their numbers. */
  const system = (wires: number, constraints: Constraint[]): R1cs => ({
    wires,
    outputs: 0,
    inputs: 1,
    constraints,
    names: Array.from({ length: wires }, (_, i) => [`main.${i}`]),
  })
  const follow = (wires: number, constraints: Constraint[], isShown = false) => {
    const { open, free } = propagate(system(wires, constraints), () => isShown)
    return { open, free }
  }

  test('a wire in no constraint, and one that two constraints share with another, do not follow', () => {
    const sum = [
      one,
      [
        [2, 1n],
        [3, 1n],
      ],
      [[1, 1n]],
    ] as const
    expect(follow(3, [])).toEqual({ open: [2], free: [] })
    expect(follow(4, [sum, sum])).toEqual({ open: [2, 3], free: [] })
    expect(follow(4, [sum, [one, [[2, 1n]], [[1, 5n]]]])).toEqual({ open: [], free: [] })
  })

  test('a square root does not follow, nor a quotient whose denominator is not shown to be other than 0', () => {
    expect(follow(3, [[[[2, 1n]], [[2, 1n]], [[1, 1n]]]]).open).toEqual([2])
    const quotient: Constraint = [
      [[2, 1n]],
      [[1, 1n]],
      [
        [0, 1n],
        [1, 3n],
      ],
    ]
    expect(follow(3, [quotient]).open).toEqual([2])
    expect(follow(3, [quotient], true).open).toEqual([])
    // 2 · input = 7: the input can't be 0
    expect(follow(3, [[[[2, 1n]], [[1, 1n]], [[0, 7n]]]]).open).toEqual([])
  })

  const bit = (wire: number): Constraint => [[[wire, 1n]], [[wire, 1n], minusOne], []]

  test('bits follow from their number only where they are bits, with a power of two each', () => {
    const sum = (...factors: bigint[]): Constraint => [
      one,
      factors.map((factor, i) => [i + 2, factor] as const),
      [[1, 1n]],
    ]
    expect(follow(4, [sum(1n, 2n), bit(2), bit(3)]).open).toEqual([])
    expect(follow(4, [sum(1n, 2n), bit(2)]).open).toEqual([2, 3])
    expect(follow(4, [sum(2n, 2n), bit(2), bit(3)]).open).toEqual([2, 3])
    expect(follow(4, [sum(1n, 3n), bit(2), bit(3)]).open).toEqual([2, 3])
  })

  test('a test for 0 follows, with its inverse, which is free where there is none', () => {
    // 2 = 1 − input·3, input·2 = 0
    const isZero: Constraint[] = [
      [[[1, FIELD_ORDER - 1n]], [[3, 1n]], [[2, 1n], minusOne]],
      [[[1, 1n]], [[2, 1n]], []],
    ]
    expect(follow(4, isZero).open).toEqual([])
    const known = { ...system(4, [...isZero, [one, [[2, 1n]], one]]), names: [['main.0'], ['main.in'], [], []] }
    const { steps } = propagate(known, () => false)
    expect(isSatisfiable(known, steps, { in: 0n })).toBe(true)
    expect(isSatisfiable(known, steps, { in: 5n })).toBe(false)
  })
})

test('every wire of the circuit follows from its inputs, by lemmas that hold', async () => {
  const system = await compileMutant(join(folder, 'base'))
  const propagation = wiresThatFollow(system)
  expect(findOpen(system, propagation)).toEqual([])
  expect(describeRun(system, propagation).length).toBe(3 + lemmas.length)
  // a lemma less, and the wires that need it stay open
  const fewer = propagate(system, (wire) => lemmas.slice(1).some(({ wires }) => wires.test(system.names[wire]![0]!)))
  expect(fewer.open.length).toBeGreaterThan(1000)
  for (const { name, accepted, inputs } of auditCases()) {
    expect(isSatisfiable(system, propagation.steps, inputs), name).toBe(accepted)
    expect((await refusal(inputs)).length === 0, name).toBe(accepted)
  }
})

describe('a weakened statement', () => {
  const judge = async (statement: string) => {
    const found = (await listMutants()).filter((mutant) => mutant.statement.startsWith(statement))
    expect(found.length).toBe(1)
    return judgeMutant(found[0]!, join(folder, 'mutant'), auditCases())
  }

  test('every line that makes a constraint has one', async () => {
    const mutants = await listMutants()
    expect(mutants.length).toBe(72)
    expect(new Set(mutants.map(({ file }) => file)).size).toBe(16)
  })

  test('is told by a case, or by a wire that is left open', async () => {
    expect(await judge('root === registryRoot;')).toMatchObject({ killedBy: '"another root" is accepted.' })
    expect(await judge('verifier.M <== message;')).toMatchObject({
      killedBy: 'main.CredentialSignature.verifier.M does not follow from the inputs.',
    })
  })

  test('is told by nothing where others imply it', async () => {
    const { killedBy, implied } = await judge('FitsBits(2)(sources[i]);')
    expect([killedBy, typeof implied]).toEqual([undefined, 'string'])
  })
})
