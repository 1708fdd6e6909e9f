import { randomInt } from 'node:crypto'
import type { Voice } from './run-action.ts'
import { askLine } from './terminal.ts'

const COLUMNS = 4
/** The longest words of BIP-39 have 8 letters. */
const CELL = 8
const ASKED = 3
const TRIES = 3

/** A recovery phrase as numbered words, in columns that are read downward. No line is longer than 56 characters. */
export function phraseLines(phrase: string): string[] {
  const words = phrase.split(' ')
  const rows = Math.ceil(words.length / COLUMNS)
  return Array.from({ length: rows }, (_, row) => {
    const places = Array.from({ length: COLUMNS }, (_, column) => column * rows + row)
    const cells = places.flatMap((place) => {
      const word = words[place]
      return word === undefined ? [] : [`${String(place + 1).padStart(2)}. ${word.padEnd(CELL)}`]
    })
    return cells.join('  ').trimEnd()
  })
}

/**
 * Asks for three words of a phrase, so that it was written down. It asks again after a wrong word, and gives up after three
 * rounds: the wallet stays as it is.
 * @returns whether the words were right
 */
export async function confirmPhrase(voice: Voice, phrase: string): Promise<boolean> {
  const words = phrase.split(' ')
  for (let round = 1; round <= TRIES; round++) {
    if (await isRound(words)) return true
    voice.note(voice.colours.yellow('That is another word. Look at what you wrote down.'))
  }
  return false
}

async function isRound(words: readonly string[]): Promise<boolean> {
  for (const place of drawPlaces(words.length)) {
    const answer = await askLine(`Word ${place + 1} of the phrase: `)
    if (answer.trim().toLowerCase() !== words[place]) return false
  }
  return true
}

/** Three different places, in ascending order. */
function drawPlaces(count: number): number[] {
  const places = new Set<number>()
  while (places.size < ASKED) places.add(randomInt(count))
  return [...places].sort((a, b) => a - b)
}
