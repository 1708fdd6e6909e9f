/**
 * `npm run circuits:audit`: shows that every wire of the constraints follows from the inputs, and that no constraint-making
 * statement of the sources can be weakened unnoticed. Takes minutes.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildFolder } from '../paths.ts'
import { say, step } from '../say.ts'
import { auditCases } from './cases.ts'
import { compileMutant } from './compile-mutant.ts'
import { describe, findOpen, wiresThatFollow } from './determinism.ts'
import { isSatisfiable } from './evaluate.ts'
import { listMutants } from './mutants.ts'
import { judgeMutants, type Verdict } from './mutation.ts'
import { checkStrictBits } from './strict-bits.ts'

/** Compilers at work at a time. */
const AT_ONCE = 2

async function auditDeterminism(folder: string): Promise<void> {
  const system = await step('Compiling without simplification', () => compileMutant(join(folder, 'base')))
  const propagation = wiresThatFollow(system)
  const [open, ...more] = findOpen(system, propagation)
  if (open !== undefined) throw new Error(`The circuit is not deterministic: ${open} (${more.length} more)`)
  for (const line of describe(system, propagation)) say(`  ${line}`)
  const numbers = await step('Trying the alias check of 254 bits', () => checkStrictBits(join(folder, 'alias')))
  say(`  ${numbers} numbers judged rightly`)
  for (const { name, accepted, inputs } of auditCases()) {
    if (isSatisfiable(system, propagation.steps, inputs) !== accepted)
      throw new Error(`The circuit judges "${name}" wrongly.`)
  }
  say(`  ${auditCases().length} cases judged as expected`)
}

async function auditMutants(folder: string): Promise<void> {
  const tell = ({ mutant: { file, line, statement, change }, killedBy, implied }: Verdict) => {
    const outcome = killedBy ?? (implied === undefined ? 'NOTHING TELLS' : `implied: ${implied}`)
    say(`  ${file}:${line} ${change}: ${statement.slice(0, 60)}\n    ${outcome}`)
  }
  const cases = auditCases()
  const verdicts = await judgeMutants(await listMutants(), { folder, cases, atOnce: AT_ONCE, tell })
  const survivors = verdicts.filter(({ killedBy, implied }) => (killedBy === undefined) === (implied === undefined))
  if (survivors.length > 0) {
    const places = survivors.map(({ mutant }) => `${mutant.file}:${mutant.line}`)
    throw new Error(`Not as expected: ${places.join(', ')}.`)
  }
  const killed = verdicts.filter(({ killedBy }) => killedBy !== undefined)
  const byCase = killed.filter(({ killedBy }) => killedBy!.startsWith('"')).length
  say(
    `${verdicts.length} statements weakened in turn: ${killed.length - byCase} leave a wire open, ${byCase} change a verdict, ${verdicts.length - killed.length} implied by others.`,
  )
}

await mkdir(buildFolder, { recursive: true })
const folder = await mkdtemp(join(buildFolder, 'audit-'))
try {
  await auditDeterminism(folder)
  await auditMutants(folder)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
