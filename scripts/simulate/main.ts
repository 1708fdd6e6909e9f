import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { plottedFleets } from './fleets.ts'
import { plot } from './plot.ts'
import { rows } from './rows.ts'
import { simulate, simulateRow } from './simulate.ts'
import { insertTable, tables } from './table.ts'

const HELP = `npm run simulate -- [--json]

Simulates honest providers and attackers under score model 1, prints the tables of docs/scoring.md, and writes them and the
plot (docs/scoring.svg) anew. The random numbers are seeded: the same run gives the same numbers on every machine.

  --json     print one JSON object instead of the tables
  --dry-run  write nothing
  --help     show this`

const documentFile = new URL('../../docs/scoring.md', import.meta.url)
const plotFile = new URL('../../docs/scoring.svg', import.meta.url)

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, 'dry-run': { type: 'boolean' }, help: { type: 'boolean' } },
})
if (values.help) console.log(HELP)
else await main(values.json === true, values['dry-run'] === true)

async function main(json: boolean, dryRun: boolean): Promise<void> {
  const started = performance.now()
  const progress = (label: string) => {
    process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${label}\n`)
  }
  const simulation = simulate(progress)
  const text = tables(simulation)
  if (!dryRun) {
    const year = Array.from({ length: 365 }, (_, i) => i + 1)
    const courses = [...rows, ...plottedFleets].map((row) => {
      progress(`plot: ${row.label}`)
      return simulateRow(row, year)
    })
    await writeFile(plotFile, plot(courses))
    const document = await readFile(documentFile, 'utf8')
    const names = ['scores', 'turns', 'returns', 'fleets'] as const
    await writeFile(
      documentFile,
      names.reduce((edited, name) => insertTable(edited, name, text[name]), document),
    )
  }
  console.log(json ? JSON.stringify(simulation) : [text.scores, text.turns, text.returns, text.fleets].join('\n\n'))
}
