import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { findCircuit } from './circuit-list.ts'
import { circuitListEntry } from './circuit-list-entry.ts'
import { hashBytes, hashFile } from './hash-file.ts'
import { listIncludes } from './list-includes.ts'
import { circuitsFolder } from './paths.ts'

/**
 * SHA-256 of every source of a circuit, by its path below circuits/, in order: its file, what that includes, and its own
 * entry in circuits.json. A change to another circuit changes none of them.
 */
export async function hashSources(name: string): Promise<Record<string, string>> {
  const entry = circuitListEntry(await readFile(join(circuitsFolder, 'circuits.json'), 'utf8'), name)
  const files = await listIncludes(findCircuit(name).file)
  const hashes: [string, string][] = await Promise.all(
    files.map(async (file): Promise<[string, string]> => [file, await hashFile(join(circuitsFolder, file))]),
  )
  hashes.push(['circuits.json', hashBytes(new TextEncoder().encode(entry))])
  return Object.fromEntries(hashes.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Version of the circomlib that the sources include. */
export async function circomlibVersion(): Promise<string> {
  const path = createRequire(import.meta.url).resolve('circomlib/package.json')
  return (JSON.parse(await readFile(path, 'utf8')) as { version: string }).version
}
