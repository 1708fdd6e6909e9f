import { readFile } from 'node:fs/promises'
import { r1cs } from 'snarkjs'
import { FIELD_ORDER } from '../../src/protocol/field.ts'

type Combination = [wire: number, factor: bigint][]
type Constraint = [a: Combination, b: Combination, c: Combination]

/** A compiled constraint system, ready to be asked which constraints a changed witness breaks. */
export type ConstraintSystem = {
  wires: number
  /** Signals of each wire that is left after simplification, by full name without instance numbers. */
  names: string[][]
  /** Whether some constraint that mentions one of the wires doesn't hold. */
  breaks: (witness: bigint[], changed: Iterable<number>) => boolean
  /** How many constraints don't hold. */
  countBroken: (witness: bigint[]) => number
}

/** Reads what the compiler wrote: constraints (r1cs) and signal names (sym). */
export async function readConstraintSystem(files: { r1cs: string; sym: string }): Promise<ConstraintSystem> {
  const json = (await r1cs.exportJson(files.r1cs)) as { nVars: number; constraints: Record<string, string>[][] }
  const constraints = json.constraints.map(
    (sides) =>
      sides.map((side) =>
        Object.entries(side).map(([wire, factor]) => [Number(wire), BigInt(factor)] as const),
      ) as unknown as Constraint,
  )
  const users: Set<number>[] = Array.from({ length: json.nVars }, () => new Set())
  constraints.forEach((sides, at) => {
    for (const side of sides) for (const [wire] of side) users[wire]!.add(at)
  })
  const holds = (witness: bigint[], [a, b, c]: Constraint): boolean =>
    (value(witness, a) * value(witness, b) - value(witness, c)) % FIELD_ORDER === 0n
  return {
    wires: json.nVars,
    names: await readNames(files.sym, json.nVars),
    breaks: (witness, changed) => {
      for (const wire of changed) for (const at of users[wire]!) if (!holds(witness, constraints[at]!)) return true
      return false
    },
    countBroken: (witness) => constraints.filter((constraint) => !holds(witness, constraint)).length,
  }
}

function value(witness: bigint[], combination: Combination): bigint {
  let sum = 0n
  for (const [wire, factor] of combination) sum += witness[wire]! * factor
  return sum % FIELD_ORDER
}

/** Lines of a sym file: label, wire (-1 when simplified away), component, name. */
async function readNames(path: string, wires: number): Promise<string[][]> {
  const names: string[][] = Array.from({ length: wires }, () => [])
  for (const line of (await readFile(path, 'utf8')).trim().split('\n')) {
    const [, wire, , name] = line.split(',')
    if (Number(wire) > 0) names[Number(wire)]!.push(name!.replace(/_\d+_\d+/g, ''))
  }
  return names
}
