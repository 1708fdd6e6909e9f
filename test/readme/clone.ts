import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/** Left out where there is no git to say what belongs to the repository. */
const GENERATED = ['node_modules', 'dist', '.git', join('circuits', 'build')]

/**
 * Makes what someone gets who clones the repository as the working tree has it: the files that git tracks, and no others.
 */
export function cloneRepository(from: string, to: string): void {
  const files = trackedFiles(from)
  if (files === undefined) {
    cpSync(from, to, { recursive: true, filter: (path) => !isGenerated(relative(from, path)) })
    return
  }
  for (const file of files.filter((name) => existsSync(join(from, name)))) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    cpSync(join(from, file), join(to, file))
  }
}

/** Undefined where the sources came without their repository. */
function trackedFiles(folder: string): string[] | undefined {
  if (!existsSync(join(folder, '.git'))) return undefined
  const args = ['-c', 'safe.directory=*', 'ls-files', '-z']
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\0')
    .filter(Boolean)
}

function isGenerated(path: string): boolean {
  return GENERATED.some((folder) => path === folder || path.startsWith(folder + sep) || path.endsWith(sep + folder))
}
