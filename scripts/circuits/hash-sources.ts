import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { hashFile } from './hash-file.ts'
import { circuitsFolder } from './paths.ts'

/** SHA-256 of every source of the circuits, by its path below circuits/, in order. */
export async function hashSources(): Promise<Record<string, string>> {
  const own = (await readdir(circuitsFolder)).filter((file) => file.endsWith('.circom'))
  const shared = (await readdir(join(circuitsFolder, 'lib'))).map((file) => `lib/${file}`)
  const files = ['circuits.json', ...own, ...shared].sort()
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await hashFile(join(circuitsFolder, file))] as const)),
  )
}

/** Version of the circomlib that the sources include. */
export async function circomlibVersion(): Promise<string> {
  const path = createRequire(import.meta.url).resolve('circomlib/package.json')
  return (JSON.parse(await readFile(path, 'utf8')) as { version: string }).version
}
