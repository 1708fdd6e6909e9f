import { join } from 'node:path'
import type { AuditCase } from './cases.ts'
import { compileMutant } from './compile-mutant.ts'
import { findOpen, wiresThatFollow } from './determinism.ts'
import { isSatisfiable } from './evaluate.ts'
import type { Mutant } from './mutants.ts'

/** Statements whose constraint follows from others, so that no case can tell. */
const implied = [
  {
    statement: 'FitsBits(2)(sources[i]);',
    because: 'cap and minimum are of two bits; source - minimum >= 0 and cap - source >= 0 put the source between them',
  },
]

export interface Verdict {
  mutant: Mutant
  /** What told it from the circuit; undefined when nothing did. */
  killedBy?: string
  /** Why nothing can tell it, where that is known. */
  implied?: string
}

/** Compiles a mutant and looks for what tells it from the circuit: a wire that follows no more, or a case judged otherwise. */
export async function judgeMutant(mutant: Mutant, folder: string, cases: readonly AuditCase[]): Promise<Verdict> {
  const because = implied.find(({ statement }) => statement === mutant.statement)?.because
  const base = because === undefined ? { mutant } : { mutant, implied: because }
  const killedBy = await findKiller(mutant, folder, cases)
  return killedBy === undefined ? base : { ...base, killedBy }
}

async function findKiller(mutant: Mutant, folder: string, cases: readonly AuditCase[]): Promise<string | undefined> {
  const system = await compileMutant(folder, mutant)
  const propagation = wiresThatFollow(system)
  const [open] = findOpen(system, propagation)
  if (open !== undefined) return open
  const other = cases.find(({ accepted, inputs }) => isSatisfiable(system, propagation.steps, inputs) !== accepted)
  return other === undefined ? undefined : `"${other.name}" is ${other.accepted ? 'refused' : 'accepted'}.`
}

/** Judges all mutants, some at a time. `tell` hears of each verdict as it comes. */
export async function judgeMutants(
  mutants: readonly Mutant[],
  {
    folder,
    cases,
    atOnce,
    tell,
  }: { folder: string; cases: readonly AuditCase[]; atOnce: number; tell: (verdict: Verdict) => void },
): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  const waiting = [...mutants.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const verdict = await judgeMutant(next[1], join(folder, String(next[0])), cases)
      verdicts.push(verdict)
      tell(verdict)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return verdicts
}
