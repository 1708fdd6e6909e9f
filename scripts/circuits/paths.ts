import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository root: the compiler sees only the folder it runs in and below, so everything runs from here. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

export const circuitsFolder = join(root, 'circuits')

/** Intermediate files: never committed. */
export const buildFolder = join(circuitsFolder, 'build')

/** What a set-up yields: committed. */
export const artifactsFolder = join(circuitsFolder, 'artifacts')

/** The committed files of one circuit, or those in a copy of the artifacts folder. `readArtifact` gives their content. */
export function artifactPaths(
  name: string,
  folder: string = artifactsFolder,
): Record<'wasm' | 'zkey' | 'vkey' | 'record', string> {
  return {
    wasm: join(folder, `${name}.wasm.gz`),
    zkey: join(folder, `${name}.zkey.gz`),
    vkey: join(folder, `${name}.vkey.json`),
    record: join(folder, `${name}.json`),
  }
}
