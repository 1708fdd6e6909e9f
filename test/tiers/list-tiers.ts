import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { importReader, pathToResource } from './path-to-resource.ts'

/** Every test file, by its path from the root, and the tier that runs it. */
export function listTiers(root: string): { unit: string[]; integration: string[] } {
  const readImports = importReader(root)
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('test', file))
    .sort()
  const isUnit = (file: string) => pathToResource(file, readImports) === undefined
  return { unit: files.filter(isUnit), integration: files.filter((file) => !isUnit(file)) }
}
