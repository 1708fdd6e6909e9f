import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { plot } from '../../scripts/simulate/plot.ts'
import { highestRung, uptimeDays } from '../../scripts/simulate/provider.ts'
import { seededRandom } from '../../scripts/simulate/random.ts'
import { rows } from '../../scripts/simulate/rows.ts'
import { simulate, simulateRow } from '../../scripts/simulate/simulate.ts'
import { insertTable, tables } from '../../scripts/simulate/table.ts'

const read = (file: string) => readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8')

describe('npm run simulate', () => {
  it('gives the tables that docs/scoring.md shows', () => {
    const document = read('scoring.md')
    for (const [name, table] of Object.entries(tables(simulate()))) {
      expect(insertTable(document, name, table)).toBe(document)
    }
  })

  it('gives the curves that docs/scoring.svg shows', () => {
    const drawn = read('scoring.svg')
    const year = Array.from({ length: 365 }, (_, i) => i + 1)
    for (const id of ['sybils', 'on-off']) {
      const [points] = plot([simulateRow(rows.find((row) => row.id === id)!, year)]).match(/points="[^"]+"/)!
      expect(drawn).toContain(points)
    }
  })

  it('simulates providers that are up as much as they are said to be', () => {
    const day = uptimeDays(seededRandom(7), 0.95)
    const days = Array.from({ length: 2000 }, day)
    expect(days.reduce((a, b) => a + b) / days.length).toBeCloseTo(0.95, 2)
  })

  it('proves the highest rung that a share passes', () => {
    expect([1, 0.99989, 0.99, 0.98999, 0.5, 0.4999].map(highestRung)).toEqual([
      999_900,
      999_000,
      990_000,
      950_000,
      500_000,
      undefined,
    ])
  })
})
