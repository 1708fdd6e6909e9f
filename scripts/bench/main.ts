import { Command, InvalidArgumentError } from 'commander'
import { closeProver } from '../../src/holder/prove.ts'
import { type Report, tableOf, thisMachine } from './report.ts'
import { CASES, type Case, type CaseOptions, type Row } from './row.ts'

/** Each case loads what it compares with only when it runs. */
const cases: Record<Case, (options: CaseOptions) => Promise<Row[]>> = {
  signature: async (options) => (await import('./cases/signature.ts')).benchSignature(options),
  verify: async (options) => (await import('./cases/verify.ts')).benchVerify(options),
  prove: async (options) => (await import('./cases/prove.ts')).benchProve(options),
  http: async (options) => (await import('./cases/http.ts')).benchHttp(options),
}

const program = new Command('bench')
  .description('Measure Assay, by turns with its peers, and print medians and ratios')
  .option('--quick', 'few samples: whether it runs, not how fast', false)
  .option('--only <cases>', `a list, of ${CASES.join(', ')}`, readCases, [...CASES])
  .option('--json', 'one JSON object on standard output', false)

function readCases(text: string): Case[] {
  const wanted = text.split(',')
  const unknown = wanted.find((name) => !CASES.includes(name as Case))
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no case ${unknown}.`)
  return CASES.filter((name) => wanted.includes(name))
}

const say = (line: string) => process.stderr.write(`${line}\n`)
const { quick, only, json } = program.parse().opts<{ quick: boolean; only: Case[]; json: boolean }>()
const rows: Row[] = []
const failed: Report['failed'] = []
for (const name of only) {
  try {
    rows.push(...(await cases[name]({ quick, say })))
  } catch (error) {
    // what the other cases measure is not lost with it
    const message = error instanceof Error ? error.message : String(error)
    failed.push({ case: name, message })
    say(`${name} failed: ${message}`)
    process.exitCode = 1
  }
  // each case begins with worker threads of its own: a second copy of snarkjs, as it loads, forgets those that run
  await closeProver()
}
const report = { machine: thisMachine(), date: new Date().toISOString().slice(0, 10), quick, rows, failed }
process.stdout.write(`${json ? JSON.stringify(report, null, 2) : tableOf(report)}\n`)
