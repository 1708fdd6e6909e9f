import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository root: the compiler sees only the folder it runs in and below, so everything runs from here. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

export const circuitsFolder = join(root, 'circuits')

/** Intermediate files: never committed. */
export const buildFolder = join(circuitsFolder, 'build')

/** What a set-up yields: committed. */
export const artifactsFolder = join(circuitsFolder, 'artifacts')

/** The committed files of one circuit. */
export function artifactPaths(name: string): { wasm: string; zkey: string; vkey: string; record: string } {
  return {
    wasm: join(artifactsFolder, `${name}.wasm`),
    zkey: join(artifactsFolder, `${name}.zkey`),
    vkey: join(artifactsFolder, `${name}.vkey.json`),
    record: join(artifactsFolder, `${name}.json`),
  }
}
