import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readPage, root } from '../docs/markdown.ts'
import { stepsOf } from './steps.ts'

describe('docs/examples', () => {
  it('holds the programs that the README has its reader save, as they stand there', () => {
    const saved = stepsOf(readPage('README.md')).flatMap((step) => (step.kind === 'save' ? [step] : []))
    expect(readdirSync(new URL('docs/examples', root)).sort()).toEqual(saved.map(({ name }) => name).sort())
    for (const { name, text } of saved) expect(readPage(`docs/examples/${name}`), name).toBe(text)
  })
})
