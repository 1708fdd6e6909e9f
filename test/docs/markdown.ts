import { readdirSync, readFileSync } from 'node:fs'

/** The repository's root. */
export const root = new URL('../../', import.meta.url)

const inDocs = readdirSync(new URL('docs', root)).filter((name) => name.endsWith('.md'))

/** Everything a reader is pointed to, by path from the root. */
export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...inDocs.map((name) => `docs/${name}`),
  'circuits/README.md',
]

export const readPage = (path: string): string => readFileSync(new URL(path, root), 'utf8')

export interface FencedBlock {
  /** What stands behind the backticks: `sh`, `ts`, `json` … and anything after it. */
  info: string
  text: string
  /** Where it begins, counted from 1. */
  line: number
  /** The last paragraph before it, in one line. */
  before: string
}

/** The fenced blocks of a page, in their order; those inside lists lose their indentation. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  const blocks: FencedBlock[] = []
  let open: { indent: string; info: string; lines: string[]; line: number; before: string } | undefined
  let before = ''
  const markdownLines = markdown.split('\n')
  for (const [i, line] of markdownLines.entries()) {
    const fence = /^(\s*)```(.*)$/.exec(line)
    if (open === undefined && fence !== null) {
      open = { indent: fence[1]!, info: fence[2]!.trim(), lines: [], line: i + 1, before }
    } else if (open !== undefined && fence !== null) {
      const { lines, info, line: start, before: prose } = open
      blocks.push({ info, text: `${lines.join('\n')}\n`, line: start, before: prose })
      open = undefined
      before = ''
    } else if (open !== undefined) open.lines.push(line.slice(open.indent.length))
    else if (line.trim() !== '') {
      const continues = markdownLines[i - 1]?.trim() !== '' && before !== ''
      before = continues ? `${before} ${line.trim()}` : line.trim()
    }
  }
  if (open !== undefined) throw new Error(`The block that begins in line ${open.line} never ends`)
  return blocks
}

/** A page without its fenced blocks. */
export function prose(markdown: string): string {
  return markdown.replace(/^(\s*)```[\s\S]*?^\s*```$/gm, '')
}

/** The rows of every table whose header begins with these cells, without the header. */
export function tableRows(markdown: string, ...header: string[]): string[][] {
  const lines = prose(markdown).split('\n')
  const rows: string[][] = []
  for (const [i, line] of lines.entries()) {
    const cells = cellsOf(line)
    const isHeader = cells !== undefined && header.every((name, column) => cells[column] === name)
    if (!isHeader || !/^\|[\s|:-]+\|$/.test(lines[i + 1] ?? '')) continue
    for (const row of lines.slice(i + 2)) {
      const values = cellsOf(row)
      if (values === undefined) break
      rows.push(values)
    }
  }
  return rows
}

function cellsOf(line: string): string[] | undefined {
  if (!line.startsWith('|') || !line.endsWith('|')) return undefined
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
}

/** `` `name` `` → `name`. */
export const unquote = (cell: string): string => cell.replace(/^`(.*)`$/, '$1')

/** The headings of a page, as written. */
export function headings(markdown: string): string[] {
  return Array.from(prose(markdown).matchAll(/^#{1,6} (.+)$/gm), (match) => match[1]!)
}

/** The anchor by which pages on GitHub link to a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')
}

/** Where the links and pictures of a page lead, as written. */
export function linksOf(markdown: string): string[] {
  return Array.from(prose(markdown).matchAll(/\]\(([^()\s]+)\)/g), (match) => match[1]!)
}
