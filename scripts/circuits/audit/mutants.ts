import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { circuitsFolder } from '../paths.ts'

/** One statement that makes a constraint, weakened: `text` is the whole changed file. */
export interface Mutant {
  file: string
  line: number
  statement: string
  change: 'removed' | 'without a constraint'
  text: string
}

/** Every constraint-making statement of the project's own sources, weakened in turn. */
export async function listMutants(): Promise<Mutant[]> {
  const shared = (await readdir(join(circuitsFolder, 'lib'))).sort().map((file) => `lib/${file}`)
  const mutants: Mutant[] = []
  for (const file of [...shared, 'presentation.circom']) {
    const text = await readFile(join(circuitsFolder, file), 'utf8')
    const code = text.replace(/\/\/.*$/gm, (comment) => ' '.repeat(comment.length))
    for (const { 0: match, index } of code.matchAll(/[^;{}]+;/g))
      mutants.push(...weakened(file, text, { match, index }))
  }
  return mutants
}

function weakened(file: string, text: string, { match, index }: { match: string; index: number }): Mutant[] {
  const start = index + match.search(/\S/)
  const statement = match.trim()
  const made = (change: Mutant['change'], replacement: string): Mutant => ({
    file,
    line: text.slice(0, start).split('\n').length,
    statement: statement.replace(/\s+/g, ' '),
    change,
    text: text.slice(0, start) + replacement + text.slice(index + match.length),
  })
  // an assertion, or an instance whose outputs nobody reads
  if (statement.includes('===') || isInstance(statement.replace('_ <== ', ''))) return [made('removed', '')]
  const [target, source] = statement.split(' <== ')
  if (target === undefined || source === undefined) return []
  if (!isInstance(source)) return [made('without a constraint', `${target} <-- ${source}`)]
  // the compiler allows no instance there: its output goes nowhere instead
  return [made('without a constraint', `${assignedFreely(target)} _ <== ${source}`)]
}

/** A signal, or a row of signals that is declared, assigned without a constraint. */
function assignedFreely(target: string): string {
  const [, name, count] = target.match(/^signal (\w+)\[(.+)\]$/) ?? []
  if (name === undefined) return `${target} <-- 0;`
  return `${target}; for (var freely = 0; freely < ${count}; freely++) { ${name}[freely] <-- 0; }`
}

/** `Template(parameters)(inputs)` */
function isInstance(expression: string): boolean {
  return /^[A-Z]\w*(\([^()]*\))?\(/.test(expression)
}
