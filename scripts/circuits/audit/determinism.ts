import { lemmas } from './denominators.ts'
import { type Propagation, propagate } from './propagate.ts'
import type { R1cs } from './read-r1cs.ts'

/** Wires that may have any value and that nothing reads: inverses of two differences that are asserted to be 0. */
const knownFree = ['X', 'Y'].map((axis) => `main.CredentialSignature.verifier.eqCheck${axis}.isz.inv`)

/** The decomposition into 254 bits that circomlib's alias check makes unique. */
const strictBits = /^main\.CredentialSignature\.verifier\.h2bits\.n2b\.out\[/

/** Which wires follow from the inputs of this system, quotients by the lemmas on denominators. */
export function wiresThatFollow(system: R1cs): Propagation {
  return propagate(system, (wire) => lemmaOf(system, wire) !== undefined)
}

function lemmaOf(system: R1cs, wire: number) {
  return lemmas.find(({ wires }) => system.names[wire]!.some((name) => wires.test(name)))
}

/** What keeps a system from being deterministic, in sentences; none when every wire follows. */
export function findOpen(system: R1cs, { steps, free, open }: Propagation): string[] {
  const nameOf = (wire: number) => system.names[wire]!.join(' = ')
  const found = open.map((wire) => `${nameOf(wire)} does not follow from the inputs.`)
  for (const wire of free) {
    if (!system.names[wire]!.some((name) => knownFree.includes(name))) found.push(`${nameOf(wire)} may have any value.`)
  }
  for (const step of steps) {
    if (step.kind !== 'bits' || step.bits.every(({ power }) => power < 253)) continue
    const [lowest] = step.bits
    if (!strictBits.test(nameOf(lowest!.wire))) found.push(`${nameOf(lowest!.wire)} … are bits with two readings.`)
  }
  return found
}

/** The figures of a run, and how often each lemma was used. @throws Error when a lemma's figures don't hold */
export function describe(system: R1cs, { steps, free }: Propagation): string[] {
  const count = (kind: string) => steps.filter((step) => step.kind === kind).length
  const used = lemmas.map(({ says, holds }) => {
    if (!holds()) throw new Error(`A lemma on denominators does not hold: ${says}`)
    return { says, times: 0 }
  })
  let forced = 0
  for (const step of steps) {
    if (step.kind !== 'quotient') continue
    const lemma = lemmaOf(system, step.wire)
    if (lemma === undefined) forced++
    else used[lemmas.indexOf(lemma)]!.times++
  }
  return [
    `${system.wires} wires, ${system.constraints.length} constraints (none simplified away)`,
    `${system.inputs} inputs; ${count('linear')} wires follow linearly, ${count('bits')} rows of bits, ${count('isZero')} tests for 0, ${count('quotient')} quotients; ${free.length} inverses are free and unread`,
    ...used.map(({ says, times }) => `${times} quotients: ${says}`),
    `${forced} quotients: the numerator is a constant other than 0`,
  ]
}
