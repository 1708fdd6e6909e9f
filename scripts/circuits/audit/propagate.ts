import { FIELD_ORDER } from '../../../src/protocol/field.ts'
import { constantOf, factorOf, invert, isMultiple, mod, solveFor } from './field.ts'
import type { Combination, Constraint, R1cs } from './read-r1cs.ts'

/** How a wire follows from wires before it. */
export type Step =
  /** The one unknown of a constraint, which is linear in it with a constant factor. */
  | { kind: 'linear'; wire: number; constraint: number }
  /** The one unknown of a constraint, times something that depends on the inputs and must not be 0. */
  | { kind: 'quotient'; wire: number; constraint: number }
  /** All unknowns of a linear constraint are bits, and their factors powers of two: the bits of a number. */
  | { kind: 'bits'; bits: { wire: number; power: number }[]; constraint: number; unit: bigint }
  /** `inverse`·k = 1 − `wire` and k·`wire` = 0: the wire tells whether k is 0; the inverse is free where k is, and unread. */
  | { kind: 'isZero'; wire: number; inverse: number; constraint: number; zero: number }

export interface Propagation {
  steps: Step[]
  /** Wires that may have any value, since their only constraint says 0 · wire = 0. */
  free: number[]
  /** Wires that don't follow. */
  open: number[]
}

/**
 * Finds out which wires follow from the inputs, and how. A quotient that depends on the inputs is taken only where
 * `isShown` knows of its wire that the denominator is not 0, or where the numerator is a constant other than 0.
 */
export function propagate(
  { wires, outputs, inputs, constraints }: R1cs,
  isShown: (wire: number) => boolean,
): Propagation {
  const known = new Uint8Array(wires)
  const constants: (bigint | undefined)[] = Array(wires)
  const unknowns = constraints.map((sides) => new Set(sides.flatMap((side) => side.map(([wire]) => wire))))
  const users: number[][] = Array.from({ length: wires }, () => [])
  for (const [at, set] of unknowns.entries()) for (const wire of set) users[wire]!.push(at)
  const bits = new Set(constraints.flatMap((constraint) => bitOf(constraint) ?? []))
  const steps: Step[] = []
  const queue = constraints.map((_, at) => at).reverse()
  const later: number[] = []
  const learn = (wire: number) => {
    known[wire] = 1
    for (const at of users[wire]!) {
      unknowns[at]!.delete(wire)
      queue.push(at)
    }
  }
  constants[0] = 1n
  learn(0)
  for (let wire = outputs + 1; wire <= outputs + inputs; wire++) learn(wire)
  const take = (step: Step | undefined): boolean => {
    if (step === undefined) return false
    steps.push(step)
    if (step.kind === 'linear')
      constants[step.wire] = constantValue(constraints[step.constraint]!, step.wire, constants)
    for (const wire of wiresOf(step)) learn(wire)
    return true
  }
  // whatever needs no denominator comes first
  for (let at = queue.pop() ?? later.pop(); at !== undefined; at = queue.pop() ?? later.pop()) {
    const set = unknowns[at]!
    if (set.size === 0) continue
    const constraint = folded(constraints[at]!, constants)
    if (take(linearStep(constraint, at, set) ?? bitsStep(constraint, at, set, bits))) continue
    if (take(zeroStep(at, { constraints, unknowns, users }))) continue
    const wire = only(set)
    if (wire === undefined || !isQuotient(constraint, wire)) continue
    if (!isShown(wire) && !hasConstantNumerator(constraint, wire)) continue
    if (queue.length === 0) take({ kind: 'quotient', wire, constraint: at })
    else later.push(at)
  }
  const open = Array.from({ length: wires }, (_, i) => i).filter((wire) => known[wire] === 0)
  const isFree = (wire: number) => {
    const [at, ...more] = users[wire]!
    if (at === undefined || more.length > 0) return false
    const [a, b, c] = folded(constraints[at]!, constants)
    return c.length === 0 && (a.length === 0 || b.length === 0)
  }
  return { steps, free: open.filter(isFree), open: open.filter((wire) => !isFree(wire)) }
}

/** The constraint with constant wires counted to its constants. */
function folded(constraint: Constraint, constants: readonly (bigint | undefined)[]): Constraint {
  const fold = (side: Combination): Combination => {
    if (!side.some(([wire]) => wire !== 0 && constants[wire] !== undefined)) return side
    const free = side.filter(([wire]) => constants[wire] === undefined)
    const sum = mod(side.reduce((all, [wire, factor]) => all + factor * (constants[wire] ?? 0n), 0n))
    return sum === 0n ? free : [[0, sum], ...free]
  }
  return [fold(constraint[0]), fold(constraint[1]), fold(constraint[2])]
}

/** The value of a constraint's unknown, where all else in it is constant. */
function constantValue(
  constraint: Constraint,
  wire: number,
  constants: readonly (bigint | undefined)[],
): bigint | undefined {
  const others = constraint.flat().every(([one]) => one === wire || constants[one] !== undefined)
  return others ? solveFor(constraint, wire, constants) : undefined
}

/** The wires that a step yields. */
export function wiresOf(step: Step): number[] {
  if (step.kind === 'bits') return step.bits.map(({ wire }) => wire)
  return step.kind === 'isZero' ? [step.wire, step.inverse] : [step.wire]
}

const mentions = (side: Combination, wire: number) => side.some(([one]) => one === wire)
const only = (set: ReadonlySet<number>) => (set.size === 1 ? [...set][0]! : undefined)

/** Wire w of w·(w − 1) = 0. */
function bitOf([a, b, c]: Constraint): number | undefined {
  const wire = [...a, ...b].map(([one]) => one).find((one) => one !== 0)
  if (wire === undefined || c.length > 0) return undefined
  const isBit = (x: Combination, y: Combination) =>
    x.length === 1 && y.length === 2 && mentions(x, wire) && mod(factorOf(y, wire) + factorOf(y, 0)) === 0n
  return isBit(a, b) || isBit(b, a) ? wire : undefined
}

function linearStep([a, b, c]: Constraint, constraint: number, unknowns: ReadonlySet<number>): Step | undefined {
  const wire = only(unknowns)
  if (wire === undefined) return undefined
  const [inA, inB] = [mentions(a, wire), mentions(b, wire)]
  if (!inA && !inB) return { kind: 'linear', wire, constraint }
  const other = inA && !inB ? constantOf(b) : inB && !inA ? constantOf(a) : undefined
  if (other === undefined) return undefined
  const factor = mod(factorOf(inA ? a : b, wire) * other - factorOf(c, wire))
  return factor === 0n ? undefined : { kind: 'linear', wire, constraint }
}

/** Whether a constraint is linear in its unknown. */
function isQuotient([a, b]: Constraint, wire: number): boolean {
  return !(mentions(a, wire) && mentions(b, wire))
}

/** Whether a constraint says unknown · denominator = constant, and the constant isn't 0: then the denominator isn't 0 either. */
function hasConstantNumerator([a, b, c]: Constraint, wire: number): boolean {
  const own = mentions(a, wire) ? a : b
  return own.length === 1 && (constantOf(c) ?? 0n) !== 0n
}

function bitsStep(
  [a, b, c]: Constraint,
  constraint: number,
  unknowns: ReadonlySet<number>,
  bits: ReadonlySet<number>,
): Step | undefined {
  if (unknowns.size < 2 || unknowns.size > 254 || ![...unknowns].every((wire) => bits.has(wire))) return undefined
  const side = linearSide([a, b, c])
  if (side === undefined) return undefined
  const inverse = invert(factorOf(side, [...unknowns][0]!))
  const terms = [...unknowns].map((wire) => ({ wire, power: powers.get(mod(factorOf(side, wire) * inverse)) }))
  if (terms.some(({ power }) => power === undefined)) return undefined
  const ordered = terms.map(({ wire, power }) => ({ wire, power: power! })).sort((x, y) => x.power - y.power)
  // distinct powers below 2^253 make each sum below the field's order once; Num2Bits_strict sees to one power more
  if (new Set(ordered.map(({ power }) => power)).size < ordered.length) return undefined
  const [lowest] = ordered
  const placed = ordered.map(({ wire, power }) => ({ wire, power: power - lowest!.power }))
  return { kind: 'bits', bits: placed, constraint, unit: factorOf(side, lowest!.wire) }
}

/** Exponents of the powers of two by which two bits of one number can differ. */
const powers = new Map<bigint, number>()
for (let i = 0, power = 1n; i < 254; i++, power = mod(power * 2n)) {
  powers.set(power, i)
  powers.set(invert(power), -i)
}

/** The combination that a linear constraint says is 0. */
export function linearSide([a, b, c]: Constraint): Combination | undefined {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x === undefined && y === undefined) return undefined
  const [factor, side] = x === undefined ? [y!, a] : [x, b]
  const sum = new Map(c.map(([wire, one]) => [wire, mod(-one)]))
  for (const [wire, one] of side) sum.set(wire, mod((sum.get(wire) ?? 0n) + factor * one))
  return [...sum].filter(([, one]) => one % FIELD_ORDER !== 0n)
}

interface State {
  constraints: readonly Constraint[]
  unknowns: readonly ReadonlySet<number>[]
  users: readonly (readonly number[])[]
}

/** circomlib's IsZero: this constraint is k·wire = 0, another one k·inverse = 1 − wire. */
function zeroStep(zero: number, { constraints, unknowns, users }: State): Step | undefined {
  const wire = only(unknowns[zero]!)
  if (wire === undefined) return undefined
  const [a, b, c] = constraints[zero]!
  if (c.length > 0 || mentions(a, wire) === mentions(b, wire)) return undefined
  const [k, own] = mentions(a, wire) ? [b, a] : [a, b]
  if (own.length !== 1) return undefined
  for (const constraint of users[wire]!) {
    const inverse = [...unknowns[constraint]!].find((one) => one !== wire)
    if (inverse === undefined || unknowns[constraint]!.size !== 2 || users[inverse]!.length !== 1) continue
    const [x, y, sum] = constraints[constraint]!
    const [other, single] = mentions(x, inverse) ? [y, x] : [x, y]
    if (single.length === 1 && mentions(single, inverse) && !mentions(other, wire) && isMultiple(other, k)) {
      if (mentions(sum, wire)) return { kind: 'isZero', wire, inverse, constraint, zero }
    }
  }
  return undefined
}
