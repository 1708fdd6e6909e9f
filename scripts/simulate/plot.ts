import type { SimulatedRow } from './simulate.ts'

const WIDTH = 1000
const HEIGHT = 520
const AREA = { left: 48, right: 630, top: 56, bottom: 472 }
const DAYS = 365
const LABEL_GAP = 17

const honestColours = ['#9ec5ea', '#6ba3d6', '#3f80bd', '#1f5f9e', '#0b3d6e']
const attackColours = ['#e8a13a', '#d9713c', '#b03a2e', '#a8559c', '#6c3483', '#8d6e63', '#00838f', '#558b2f']

/** A plot of median scores over a year: honest providers solid and blue, attackers dashed. `scores` has one a day. */
export function plot(rows: readonly SimulatedRow[]): string {
  const lines = placeLabels(colourRows(rows))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    '<title>Score over a year: honest providers and attackers</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${AREA.left}" y="24" font-size="16" fill="#222">Score over a year</text>`,
    `<text x="${AREA.left}" y="42" fill="#666">median of simulated providers; solid: honest, dashed: attackers</text>`,
    ...grid(),
    ...lines.flatMap(drawLine),
    '</svg>',
    '',
  ].join('\n')
}

interface Line {
  row: SimulatedRow
  colour: string
  labelY: number
}

const x = (day: number) => AREA.left + ((AREA.right - AREA.left) * day) / DAYS
const y = (score: number) => AREA.bottom - ((AREA.bottom - AREA.top) * score) / 1000
const fixed = (value: number) => String(Math.round(value * 10) / 10)

function grid(): string[] {
  const scores = [0, 200, 400, 600, 800, 1000].flatMap((score) => [
    `<line x1="${AREA.left}" x2="${AREA.right}" y1="${fixed(y(score))}" y2="${fixed(y(score))}" stroke="#e4e4e4"/>`,
    `<text x="${AREA.left - 8}" y="${fixed(y(score) + 4)}" text-anchor="end" fill="#666">${score}</text>`,
  ])
  const days = [0, 30, 90, 180, 270, 365].map((day) => {
    return `<text x="${fixed(x(day))}" y="${AREA.bottom + 20}" text-anchor="middle" fill="#666">${day}</text>`
  })
  const title = `<text x="${AREA.right}" y="${AREA.bottom + 38}" text-anchor="end" fill="#666">days</text>`
  return [...scores, ...days, title]
}

function colourRows(rows: readonly SimulatedRow[]): Line[] {
  const counts = { honest: 0, attack: 0 }
  const colours = { honest: honestColours, attack: attackColours }
  return rows.map((row) => {
    const colour = colours[row.kind][counts[row.kind]++ % colours[row.kind].length]!
    return { row, colour, labelY: y(row.scores.at(-1)!) }
  })
}

/** Moves labels apart, from the bottom up, and back down from the top where that ran out of room. */
function placeLabels(lines: Line[]): Line[] {
  const upwards = [...lines].sort((a, b) => b.labelY - a.labelY)
  let lowest = AREA.bottom + LABEL_GAP
  for (const line of upwards) lowest = line.labelY = Math.min(line.labelY, lowest - LABEL_GAP)
  let highest = AREA.top - LABEL_GAP
  for (const line of upwards.reverse()) highest = line.labelY = Math.max(line.labelY, highest + LABEL_GAP)
  return lines
}

function drawLine({ row, colour, labelY }: Line): string[] {
  const points = row.scores.map((score, i) => `${fixed(x(i + 1))},${fixed(y(score))}`).join(' ')
  const dash = row.kind === 'attack' ? ' stroke-dasharray="5 3"' : ''
  const end = row.scores.at(-1)!
  return [
    `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.8"${dash}/>`,
    `<line x1="${AREA.right}" y1="${fixed(y(end))}" x2="${AREA.right + 14}" y2="${fixed(labelY)}" stroke="${colour}"/>`,
    `<text x="${AREA.right + 18}" y="${fixed(labelY + 4)}" fill="${colour}">${end}  ${row.label}</text>`,
  ]
}
