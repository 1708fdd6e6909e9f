import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { entryPoints } from '../../scripts/api/entry-points.ts'
import { printPages } from '../../scripts/api/print-pages.ts'
import { readPage, root } from './markdown.ts'

describe('docs/api', () => {
  const printed = printPages()

  it('has the pages that the generator prints, and no others', () => {
    expect(readdirSync(new URL('docs/api', root)).sort()).toEqual(Object.keys(printed).sort())
    expect(entryPoints().map(({ specifier }) => specifier)).toContain('assay/verifier')
  })

  it.each(Object.keys(printed))('%s is what `npm run docs:api` writes', (page) => {
    expect(readPage(`docs/api/${page}`)).toBe(printed[page])
  })

  it('shows signature and first sentence of functions, schemas and types', () => {
    expect(printed['verifier.md']).toMatch(/^- `audienceName\(.+\): string` {2}\n {2}An audience as one text/m)
    expect(printed['verifier.md']).toMatch(/^- `zVerificationAnswer: zod schema`/m)
    expect(printed['verifier.md']).toMatch(/^- `interface Dapp \{/m)
  })
})
