import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchorOf, headings, linksOf, PAGES, readPage, root } from './markdown.ts'

describe('links between pages', () => {
  it.each(PAGES)('%s leads only to files and headings that exist', (page) => {
    for (const link of linksOf(readPage(page))) {
      if (/^[a-z]+:/.test(link)) continue
      const [file, anchor] = link.split('#') as [string, string?]
      const target = file === '' ? page : posix.join(posix.dirname(page), file)
      expect(existsSync(new URL(target, root)), `${link} in ${page}`).toBe(true)
      if (anchor === undefined) continue
      expect(headings(readPage(target)).map(anchorOf), `${link} in ${page}`).toContain(anchor)
    }
  })

  it('lead to every page from the README', () => {
    const linked = linksOf(readPage('README.md')).map((link) => link.split('#')[0])
    for (const page of PAGES.filter((path) => path.startsWith('docs/'))) expect(linked, page).toContain(page)
  })
})
