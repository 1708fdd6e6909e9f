import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { root } from '../docs/markdown.ts'
import { cloneRepository } from '../readme/clone.ts'

const zPacked = z.looseObject({
  filename: z.string(),
  size: z.int(),
  unpackedSize: z.int(),
  files: z.array(z.looseObject({ path: z.string(), size: z.int() })),
})

export interface Packed {
  /** A fresh clone, built, with the dependencies of this checkout. */
  clone: string
  tarball: string
  packed: z.output<typeof zPacked>
  remove: () => void
}

/** Builds and packs a fresh clone of the working tree: what lies around in this checkout's `dist` is not in it. */
export async function packClone(): Promise<Packed> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-package-'))
  const clone = join(folder, 'assay')
  cloneRepository(fileURLToPath(root), clone)
  symlinkSync(fileURLToPath(new URL('node_modules', root)), join(clone, 'node_modules'), 'dir')
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', folder], { cwd: clone })
  const [packed] = z.tuple([zPacked]).parse(JSON.parse(stdout))
  return {
    clone,
    tarball: join(folder, packed.filename),
    packed,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
