import { stripVTControlCharacters } from 'node:util'

/** The width of lines where nobody says it. */
const USUAL_WIDTH = 80

/** How many characters a line of standard output may have. */
export function lineWidth({ columns }: { columns?: number } = process.stdout): number {
  return columns !== undefined && columns > 0 ? columns : USUAL_WIDTH
}

/**
 * Text as lines of at most `width` characters, colours not counted. A word is never broken, so a longer one stands alone on
 * its line. `first` begins the first line; the others are indented as far as it.
 */
export function wrapWords(text: string, width: number, first = ''): string[] {
  const indent = ' '.repeat(visible(first))
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (isEmpty) line += word
    else if (visible(line) + 1 + visible(word) <= width) line += ` ${word}`
    else {
      lines.push(line)
      line = indent + word
    }
    isEmpty = false
  }
  return [...lines, line]
}

const visible = (text: string): number => [...stripVTControlCharacters(text)].length
