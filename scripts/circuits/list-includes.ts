import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { circuitsFolder } from './paths.ts'

/**
 * A source and every file below `folder` that it includes, itself or through others, in order. Files outside, those of
 * circomlib, are not listed: the record names their version.
 */
export async function listIncludes(file: string, folder: string = circuitsFolder): Promise<string[]> {
  const found = new Set<string>([file])
  // a Set's iteration also visits what is added on the way
  for (const each of found)
    for (const included of includesOf(await readFile(join(folder, each), 'utf8'))) {
      const path = posix.join(posix.dirname(each), included)
      if (!path.startsWith('../')) found.add(path)
    }
  return [...found].sort()
}

function includesOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
  return [...code.matchAll(/\binclude\s+"([^"]+)"/g)].map((match) => match[1]!)
}
