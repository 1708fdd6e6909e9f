import * as z from 'zod'

/** Control, formatting, private and unassigned characters, halves of surrogate pairs, line breaks, and all that is shown as nothing. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
/** Spaces of other widths, and those that nobody sees: at an end, or beside another. */
const ODD_SPACE = /[^\P{Zs} ]|^ | $| {2}/u
/** What ends the quotation marks in which the text is shown, or looks as if it did. */
const QUOTES = /["“”„‟〝〞〟❝❞⹂]|['’‘′`´]{2}/u
/** Marks on nothing, enclosing marks, and more of them on one letter than any language writes: they overprint other words. */
const MARKS = /^\p{M}|[ \p{P}\p{S}]\p{M}|\p{Me}|\p{Mn}{4}/u

/** Scripts that are written together, in which a text may be: any other mixture imitates one script with another's letters. */
const SCRIPTS = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Hangul'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Cyrillic'],
  ['Greek'],
  ['Armenian'],
  ['Georgian'],
  ['Hebrew'],
  ['Arabic'],
  ['Devanagari'],
  ['Bengali'],
  ['Tamil'],
  ['Telugu'],
  ['Thai'],
]
/** Punctuation and signs beside those of ASCII: few, since most have doubles. Pictures imitate no letter. */
const SIGNS = String.raw`\x20-\x40\x5b-\x60\x7b-\x7e’‘–—·¡¿§°€£、。・「」\p{Extended_Pictographic}`
/** Letters that only phoneticians write, and clicks, which look like strokes and exclamation marks. */
const RARE_LATIN = /[\u01c0-\u01c3\u0250-\u02ff\u1d00-\u1dbf\u2c60-\u2c7f\ua720-\ua7ff\uab30-\uab6f]/u

const WRITTEN = SCRIPTS.map((scripts) => {
  return new RegExp(`^[${scripts.map((script) => `\\p{scx=${script}}`).join('')}${SIGNS}]*$`, 'u')
})

/** Letters of other scripts that people take for Latin ones. */
const LATIN_DOUBLES = new Set('асеіјорԛѕԝхуһԁӏүАВСЕНІЈКМОРԚЅТԜХУҮӀονυικραωγτχΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսցհզՕՍՏԼ')

/**
 * Text that a stranger wrote and people are shown: 1 to `max` characters on one line. What could rewrite or imitate the
 * words around it is refused: hidden and formatting characters, spaces that nobody sees, quotation marks, compatibility
 * forms (so the text is in NFC too, and one text has one form), letters of scripts that are not written together, and texts
 * of another script whose every letter passes for a Latin one (Unicode UTS 39, 4 and 5, which this is stricter than).
 */
export function zShownText(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !HIDDEN.test(text), 'must not hold control or formatting characters')
    .refine((text) => !ODD_SPACE.test(text), 'must have single, usual spaces, and none at its ends')
    .refine((text) => text.normalize('NFKC') === text, 'must be in Unicode form NFC, without compatibility characters')
    .refine((text) => !QUOTES.test(text), 'must not hold quotation marks: it is shown between them')
    .refine((text) => !MARKS.test(text), 'must not heap up combining marks')
    .refine((text) => WRITTEN.some((script) => script.test(text)), 'must be letters of one script, and usual signs')
    .refine((text) => !RARE_LATIN.test(text) && !isLatinDouble(text), 'must not imitate Latin letters')
}

/** Whether each letter of a text is another script's that passes for a Latin one. */
function isLatinDouble(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? []
  return letters.length > 0 && letters.every((letter) => LATIN_DOUBLES.has(letter))
}
