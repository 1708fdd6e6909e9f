import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { assertOnGrid, zPolicy } from '../../src/protocol/index.ts'
import { proposedRequest, zProposal } from '../../src/reputation/index.ts'
import { zProblem } from '../../src/server/problem.ts'
import { fencedBlocks, PAGES, readPage, root } from './markdown.ts'

const folder = fileURLToPath(root)
const blocks = PAGES.flatMap((page) => fencedBlocks(readPage(page)).map((block) => ({ page, ...block })))
const inLanguage = (language: string) => blocks.filter(({ info }) => info === language)

describe('TypeScript in the pages', () => {
  it('type-checks, each block on its own, against the package as it is published', () => {
    const snippets = inLanguage('ts')
    expect(snippets.length).toBeGreaterThan(4)
    // inside the repository, so that imports of libraries are found
    const cache = join(folder, 'node_modules/.cache')
    mkdirSync(cache, { recursive: true })
    const workplace = mkdtempSync(join(cache, 'snippets-'))
    try {
      const names = snippets.map(({ page, line, text }) => {
        const name = join(workplace, `${page.replaceAll(/\W/g, '-')}-line-${line}.ts`)
        writeFileSync(name, text)
        return name
      })
      expect(complaints(names)).toEqual([])
    } finally {
      rmSync(workplace, { recursive: true })
    }
  })
})

/** What the compiler says of files, by the repository's own settings; the package's subpaths lead to the sources. */
function complaints(names: string[]): string[] {
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder)
  const paths = {
    'assay/circuits/*': [join(folder, 'circuits/artifacts/*')],
    'assay/holder/prove': [join(folder, 'src/holder/prove.ts')],
    'assay/*': [join(folder, 'src/*/index.ts')],
  }
  const typeRoots = [join(folder, 'node_modules/@types')]
  const program = ts.createProgram(names, { ...options, paths, typeRoots, allowImportingTsExtensions: true })
  return names
    .flatMap((name) => ts.getPreEmitDiagnostics(program, program.getSourceFile(name)))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
}

describe('JSON in the pages', () => {
  it.each(inLanguage('json'))('$page, line $line', ({ text }) => {
    const value = JSON.parse(text) as object
    if ('kind' in value) {
      for (const policy of proposedRequest(zProposal.parse(value)).policies) assertOnGrid(zPolicy.parse(policy))
    } else if ('requestId' in value) zProblem.parse(value)
    else expect(value).toMatchObject({ ok: expect.any(Boolean) })
  })
})
