import { invert, mod, solveFor, sumOf } from './field.ts'
import { linearSide, type Step } from './propagate.ts'
import type { Constraint, R1cs } from './read-r1cs.ts'

/** Values of input signals by name: numbers, or lists of them. */
export type InputValues = Record<string, bigint | readonly bigint[]>

/**
 * Whether a witness exists for these inputs: each wire's value follows by the steps of a propagation, so that there is one
 * candidate at most, and it satisfies every constraint or not.
 */
export function isSatisfiable(system: R1cs, steps: readonly Step[], inputs: InputValues): boolean {
  const values: bigint[] = Array(system.wires).fill(0n)
  values[0] = 1n
  for (let wire = system.outputs + 1; wire <= system.outputs + system.inputs; wire++) {
    values[wire] = mod(inputValue(inputs, system.names[wire]!))
  }
  for (const step of steps) take(step, system.constraints, values)
  return system.constraints.every(([a, b, c]) => mod(sumOf(a, values) * sumOf(b, values)) === sumOf(c, values))
}

function inputValue(inputs: InputValues, names: readonly string[]): bigint {
  for (const full of names) {
    const [, name, index] = full.match(/^main\.(\w+)(?:\[(\d+)\])?$/) ?? []
    const value = name === undefined ? undefined : inputs[name]
    if (value !== undefined) return typeof value === 'bigint' ? value : value[Number(index)]!
  }
  throw new Error(`No value is given for the input ${names.join(', ')}`)
}

function take(step: Step, constraints: readonly Constraint[], values: bigint[]): void {
  const constraint = constraints[step.constraint]!
  if (step.kind === 'linear' || step.kind === 'quotient') {
    values[step.wire] = solveFor(constraint, step.wire, values)
  } else if (step.kind === 'bits') {
    for (const { wire } of step.bits) values[wire] = 0n
    const number = mod(-sumOf(linearSide(constraint)!, values) * invert(step.unit))
    for (const { wire, power } of step.bits) values[wire] = (number >> BigInt(power)) & 1n
  } else {
    // with the inverse at 0 the constraint says what the wire is where k is 0; where it isn't, k·wire = 0 says 0
    values[step.inverse] = 0n
    values[step.wire] = solveFor(constraints[step.zero]!, step.wire, values)
    const whereZero = solveFor(constraint, step.wire, values)
    if (isZeroFactor(constraints[step.zero]!, step.wire, values)) values[step.wire] = whereZero
    values[step.inverse] = solveFor(constraint, step.inverse, values)
  }
}

/** Whether the factor of the wire in k·wire = 0 is 0. */
function isZeroFactor([a, b]: Constraint, wire: number, values: readonly bigint[]): boolean {
  const k = a.some(([one]) => one === wire) ? b : a
  return sumOf(k, values) === 0n
}
