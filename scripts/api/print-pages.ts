import { type EntryPoint, entryPoints } from './entry-points.ts'
import { type Export, readExports } from './read-exports.ts'

const KINDS = ['Functions', 'Classes', 'Values', 'Types']
const ORIGIN = 'Generated from the code by `npm run docs:api`: do not edit.'

/** The pages of docs/api by file name: one for each entry point, and a list of them. */
export function printPages(): Record<string, string> {
  const entries = entryPoints()
  const exports = readExports(entries.map(({ source }) => source))
  const list = entries.map(({ specifier, page }) => `- [\`${specifier}\`](${page})`)
  return {
    'README.md': `# API reference\n\n${ORIGIN} Long signatures are cut; the package has\nthe complete types.\n\n${list.join('\n')}\n`,
    ...Object.fromEntries(entries.map((entry) => [entry.page, printPage(entry, exports.get(entry.source) ?? [])])),
  }
}

function printPage({ specifier }: EntryPoint, exports: Export[]): string {
  const sections = KINDS.flatMap((kind) => {
    const items = exports.filter((item) => item.kind === kind).map(printItem)
    return items.length === 0 ? [] : [`## ${kind}\n\n${items.join('\n')}\n`]
  })
  return [`# ${specifier}\n\n${ORIGIN}\n`, ...sections].join('\n')
}

function printItem({ signature, summary }: Export): string {
  // a template type has backticks of its own
  const fence = signature.includes('`') ? '``' : '`'
  const code = signature.includes('`') ? ` ${signature} ` : signature
  return `- ${fence}${code}${fence}${summary === '' ? '' : `  \n  ${summary}`}`
}
