import { availableParallelism, cpus } from 'node:os'
import type { Case, Row } from './row.ts'

/** Where and when the figures were taken. */
export interface Machine {
  cpu: string
  cores: number
  node: string
  platform: string
}

/** What `--json` prints. */
export interface Report {
  machine: Machine
  date: string
  quick: boolean
  rows: Row[]
  /** Cases that broke off; the exit code is 1 then. */
  failed: { case: Case; message: string }[]
}

export function thisMachine(): Machine {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown'
  return { cpu, cores: availableParallelism(), node: process.version, platform: `${process.platform} ${process.arch}` }
}

/** The report as text: one table, then what each line compared. */
export function tableOf({ machine, date, quick, rows, failed }: Report): string {
  const head = ['', 'assay', 'peer', 'ratio', 'constraints', 'expected']
  const lines = rows.map((row) => [
    row.name,
    figure(row.assay.median, row.unit),
    row.peer === undefined ? '' : figure(row.peer.median, row.unit),
    row.ratio === undefined ? '' : `${row.ratio.toPrecision(3)}×`,
    constraintsOf(row),
    row.expected === undefined ? '' : `≥ ${row.expected.ratio}× ${row.expected.met ? 'yes' : 'NO'}`,
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]!.length)))
  const text = (line: string[]) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.platform}, ${date}${quick ? ', quick' : ''}`,
    '',
    text(head),
    ...lines.map(text),
    '',
    ...rows.flatMap(explain),
    ...failed.map(({ case: name, message }) => `${name} FAILED: ${message}`),
    'ratio: how many times faster than the peer; below 1, slower. Medians; in brackets, the middle half of the samples.',
  ].join('\n')
}

function explain({ name, unit, assay, peer, note }: Row): string[] {
  const side = ({ what, q1, q3, samples }: Row['assay']) =>
    `${what} [${figure(q1, unit)} – ${figure(q3, unit)}, n = ${samples}]`
  const against = peer === undefined ? '' : ` against ${side(peer)}`
  return [`${name}: ${side(assay)}${against}${note === undefined ? '' : `; ${note}`}`]
}

function constraintsOf({ assay, peer }: Row): string {
  if (assay.constraints === undefined) return ''
  return peer?.constraints === undefined || peer.constraints === assay.constraints
    ? String(assay.constraints)
    : `${assay.constraints} / ${peer.constraints}`
}

function figure(value: number, unit: Row['unit']): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return unit === 'ms' ? `${value.toFixed(digits)} ms` : `${value.toFixed(digits)}/s`
}
