import { readFile } from 'node:fs/promises'

/** The project's folder, and that of the peers which are not the project's own dependencies. */
export const project = new URL('../../', import.meta.url)
export const peers = new URL('peers/', import.meta.url)

/** The version of a package that is installed in a folder. */
export async function versionOf(name: string, folder: URL): Promise<string> {
  return JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, folder), 'utf8')).version
}
