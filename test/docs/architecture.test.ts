import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { readPage, root, tableRows, unquote } from './markdown.ts'

interface Rule {
  name: string
  to: { pathNot?: string }
}
const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: Rule[] }

const rows = tableRows(readPage('docs/architecture.md'), 'folder', 'what it does')

describe('docs/architecture.md, modules', () => {
  it('has a row for every module', () => {
    const rooms = readdirSync(new URL('src', root), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(rows.map(([folder]) => unquote(folder!)).sort()).toEqual(rooms.map(({ name }) => `src/${name}`).sort())
  })

  it('says of each module below the wiring what the checked rule says', () => {
    const ruled = forbidden.filter(({ name }) => name.endsWith('-imports-along-the-arrows'))
    expect(ruled.length).toBeGreaterThan(6)
    for (const { name, to } of ruled) {
      const module = name.replace('-imports-along-the-arrows', '')
      const allowed = /\(([^)]*)\)/
        .exec(to.pathNot ?? '')![1]!
        .split('|')
        .filter((other) => other !== module)
      const row = rows.find(([folder]) => folder === `\`src/${module}\``)
      expect(row?.[2], module).toBe(allowed.map((other) => `\`${other}\``).join(' '))
    }
  })
})
