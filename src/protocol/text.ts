import { z } from 'zod'

/** Control, formatting, private and unassigned characters, halves of surrogate pairs, line breaks, and all that is shown as nothing. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
/** Every space but the usual one. */
const ODD_SPACE = /[^\P{Zs} ]/u

/** Scripts that are written together; a text in letters of any other mixture imitates one script with another's. */
const SCRIPTS = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Hangul'],
  ['Latin', 'Han', 'Bopomofo'],
  ...[
    'Cyrillic',
    'Greek',
    'Armenian',
    'Georgian',
    'Hebrew',
    'Arabic',
    'Devanagari',
    'Bengali',
    'Tamil',
    'Telugu',
    'Thai',
  ].map((script) => [script]),
].map((scripts) => new RegExp(`^[${scripts.map((script) => `\\p{scx=${script}}`).join('')}\\P{L}]*$`, 'u'))

/**
 * Text that a stranger wrote and people are shown: 1 to `max` characters on one line. What could rewrite or imitate the
 * words around it is refused: hidden and formatting characters, spaces of other widths, compatibility forms (so the text is
 * in NFC too, and one text has one form), and letters of scripts that are not written together.
 */
export function zShownText(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !HIDDEN.test(text) && !ODD_SPACE.test(text), 'must not hold control or formatting characters')
    .refine((text) => text.normalize('NFKC') === text, 'must be in Unicode form NFC, without compatibility characters')
    .refine((text) => SCRIPTS.some((script) => script.test(text)), 'must not mix letters of scripts that look alike')
}
