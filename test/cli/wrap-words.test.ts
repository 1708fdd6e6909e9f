import { describe, expect, it } from 'vitest'
import { createStory } from '../../src/cli/demo/story.ts'
import { coloursFor } from '../../src/cli/terminal.ts'
import { lineWidth, wrapWords } from '../../src/cli/wrap-words.ts'

describe('wrapped lines', () => {
  it('fit the width, keep every word whole, and indent what follows', () => {
    expect(wrapWords('one two three four', 11, '  - ')).toEqual(['  - one two', '    three', '    four'])
    expect(wrapWords('a urn:assay:schema:compute:1 b', 10)).toEqual(['a', 'urn:assay:schema:compute:1', 'b'])
  })

  it('do not count colours', () => {
    expect(wrapWords('\u001b[32mone\u001b[39m two', 7)).toEqual(['\u001b[32mone\u001b[39m two'])
  })

  it('are as wide as the terminal, or 80 where that is unknown', () => {
    expect(lineWidth({ columns: 120 })).toBe(120)
    expect(lineWidth({})).toBe(80)
    expect(lineWidth({ columns: 0 })).toBe(80)
  })

  it('are how the demo speaks', async () => {
    const said: string[] = []
    const colours = coloursFor(process.stdout)
    const story = createStory(
      { say: (line = '') => void said.push(line), progress: (_text, work) => work(() => undefined), colours },
      40,
    )
    const line = 'The marketplace states twelve jobs, and the wallet takes the credential'
    await story.step('state', async () => ({ value: 1, line, detail: {} }))
    story.note('The marketplace knows this wallet by a pseudonym of its own.')
    expect(said.length).toBeGreaterThan(3)
    expect(Math.max(...said.map((text) => text.length))).toBeLessThanOrEqual(40)
    expect(said.join(' ').replace(/ +/g, ' ')).toContain(line)
  })
})
