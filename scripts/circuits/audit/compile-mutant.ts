import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { findCircuit } from '../circuit-list.ts'
import { compileCircuit } from '../compile-circuit.ts'
import { circuitsFolder, root } from '../paths.ts'
import type { Mutant } from './mutants.ts'
import { type R1cs, readR1cs } from './read-r1cs.ts'

/** Constraints alone, none of them simplified away: every signal keeps a wire of its own. */
const flags = ['--r1cs', '--sym', '--O0']

/** Compiles a copy of the sources with one file exchanged, or none, in a folder that is removed afterwards. */
export async function compileMutant(folder: string, mutant?: Pick<Mutant, 'file' | 'text'>): Promise<R1cs> {
  const sources = join(folder, 'circuits')
  await mkdir(sources, { recursive: true })
  try {
    await cp(join(circuitsFolder, 'lib'), join(sources, 'lib'), { recursive: true })
    await cp(join(circuitsFolder, 'presentation.circom'), join(sources, 'presentation.circom'))
    if (mutant !== undefined) await writeFile(join(sources, mutant.file), mutant.text)
    await redirectIncludes(sources)
    const circuit = { ...findCircuit('presentation'), maxConstraints: Number.MAX_SAFE_INTEGER }
    return await readR1cs(await compileCircuit('presentation', folder, circuit, { sources, flags }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The copy lies deeper than the sources do, so circomlib is elsewhere. */
async function redirectIncludes(sources: string): Promise<void> {
  const lib = (await readdir(join(sources, 'lib'))).map((file) => join(sources, 'lib', file))
  for (const path of [...lib, join(sources, 'presentation.circom')]) {
    const text = await readFile(path, 'utf8')
    const modules = relative(join(path, '..'), join(root, 'node_modules'))
    await writeFile(path, text.replace(/include "(?:\.\.\/)+node_modules\//g, `include "${modules}/`))
  }
}
