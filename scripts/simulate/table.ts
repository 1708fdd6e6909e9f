import type { SimulatedRow, Simulation } from './simulate.ts'

/** The tables in Markdown, by the name of their place in docs/scoring.md. */
export function tables(simulation: Simulation): Record<'scores' | 'turns' | 'returns' | 'fleets', string> {
  const { days, rows, daysAfterTurn, turns, daysAfterReturn, returns, fleets } = simulation
  return {
    scores: table('score after', days.map(dayText), rows),
    turns: table('score', ['before', ...daysAfterTurn.slice(1).map((day) => `${dayText(day)} after`)], turns),
    fleets: table('score after', days.map(dayText), fleets),
    returns: table('score after', daysAfterReturn.map(dayText), returns),
  }
}

const dayText = (day: number) => `${day} d`

function table(corner: string, columns: readonly string[], rows: readonly SimulatedRow[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  return [
    line([corner, ...columns]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map((row) => line([row.label, ...row.scores])),
  ].join('\n')
}

/** Replaces what stands between the markers of a table. Throws when the document has no such place. */
export function insertTable(document: string, name: string, content: string): string {
  const [open, close] = [`<!-- simulate:${name} -->`, `<!-- /simulate:${name} -->`]
  const [from, to] = [document.indexOf(open), document.indexOf(close)]
  if (from < 0 || to < from) throw new Error(`docs/scoring.md has no place ${open} … ${close}`)
  return `${document.slice(0, from + open.length)}\n\n${content}\n\n${document.slice(to)}`
}
