import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importsOf } from './imports-of.ts'
import { resources } from './resources.ts'

/** An index exports all of a module of `src`: what it imports says nothing of what a test uses. */
const isIndex = (path: string) => /^src\/.*\/index\.ts$/.test(path)
const isOurs = (imported: string) => /^(src|test|scripts)\/.*\.ts$/.test(imported)

export type ReadImports = (path: string) => readonly string[]

/** Reads the imports of files below a folder, each file once. A file that is missing has none: its importer fails anyway. */
export function importReader(root: string): ReadImports {
  const known = new Map<string, readonly string[]>()
  return (path) => {
    const file = join(root, path)
    const imports = known.get(path) ?? (existsSync(file) ? importsOf(path, readFileSync(file, 'utf8')) : [])
    known.set(path, imports)
    return imports
  }
}

/**
 * How a test file, by its path from the root, reaches a resource: the files in between and the resource. Undefined: it is
 * a unit test.
 */
export function pathToResource(file: string, readImports: ReadImports): string[] | undefined {
  const seen = new Set([file])
  const queue: string[][] = [[file]]
  for (const path of queue) {
    for (const imported of readImports(path.at(-1)!)) {
      if (resources.has(imported)) return [...path, imported]
      if (!isOurs(imported) || isIndex(imported) || seen.has(imported)) continue
      seen.add(imported)
      queue.push([...path, imported])
    }
  }
  return undefined
}
