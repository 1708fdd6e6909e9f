import { describe, expect, it } from 'vitest'
import { phraseLines } from '../../src/cli/show-phrase.ts'
import { drawPhrase } from '../../src/holder/index.ts'
import { randomBytes } from '../shared/http.ts'

describe('a recovery phrase on a terminal', () => {
  it.each([12, 24] as const)('shows %d words, each with its number, in columns that fit in 80 characters', (count) => {
    const phrase = drawPhrase(randomBytes, count)
    const lines = phraseLines(phrase)
    expect(lines).toHaveLength(count / 4)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(78)
    const cells = lines.flatMap((line) => [...line.matchAll(/(\d+)\. ([a-z]+)/g)])
    const words = cells.sort((a, b) => Number(a[1]) - Number(b[1])).map(([, , word]) => word)
    expect(words.join(' ')).toBe(phrase)
  })
})
