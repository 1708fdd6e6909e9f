import { basename } from 'node:path'

interface Start {
  /** The program's path as it was started, links not resolved. */
  path?: string | undefined
  /** npm's command, where npm started the program: `exec` is npx. */
  npmCommand?: string | undefined
}

/** What a reader types to run this program again: `assay` where it is installed, else `npx assay`. */
export function typedName(
  { path = '', npmCommand }: Start = { path: process.argv[1], npmCommand: process.env.npm_command },
): 'assay' | 'npx assay' {
  const parts = path.split(/[\\/]/)
  if (npmCommand === 'exec' || parts.includes('.bin')) return 'npx assay'
  const isInstalled = /^assay(\.cmd)?$/.test(basename(path)) || parts.includes('node_modules')
  return isInstalled ? 'assay' : 'npx assay'
}

/** A text for people, whose commands (in backticks, or after "Next:") work where they are printed. */
export function asTyped(text: string, name = typedName()): string {
  return text.replace(/(`|Next: )assay (?=[a-z])/g, `$1${name} `)
}
