import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))

/**
 * Installs the peers as this folder's own lockfile has them, unless they are there already. They are no dependency of the
 * project: 400 MB, most of it Semaphore's keys for every depth.
 */
export async function installPeers(say: (line: string) => void): Promise<void> {
  if (await isInstalled()) return
  say('Installing the peers (npm ci in scripts/bench/peers) …')
  const npm = spawn('npm', ['ci', '--ignore-scripts', '--no-json', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
  })
  const [code] = await once(npm, 'exit')
  if (code !== 0) throw new Error(`The peers could not be installed: npm ci ended with ${code}`)
}

type Packages = Record<string, { version: string; optional?: true }>

/** Whether what npm installed last is what the lockfile wants now. */
async function isInstalled(): Promise<boolean> {
  const packages = async (file: string): Promise<Packages> =>
    JSON.parse(await readFile(new URL(file, import.meta.url), 'utf8')).packages
  try {
    const wanted = await packages('package-lock.json')
    const installed = await packages('node_modules/.package-lock.json')
    return Object.entries(wanted).every(
      ([path, { version, optional }]) => path === '' || optional === true || installed[path]?.version === version,
    )
  } catch {
    return false
  }
}
