import { describe, expect, it } from 'vitest'
import { zShownText } from '../../src/protocol/text.ts'

const shown = zShownText(128)
const problems = (text: string) => shown.safeParse(text).error?.issues.map(({ message }) => message) ?? []

describe('text that people are shown', () => {
  it.each([
    'renting a machine',
    'Season 1: 24 h, 3 GPUs (beta) & more!',
    'Größe, çok, ñandú, đường',
    'it’s a render farm – round 2',
    'Аренда сервера',
    'Ενοικίαση μηχανής',
    '日本語でGPUを借りる',
    '클라우드 GPU 대여',
    'مرحبا بالعالم',
    'שָׁלוֹם עוֹלָם',
    'क्षेत्र २',
    'ภาษาไทย',
    '🚀 launch',
  ])('may be %s', (text) => expect(problems(text)).toEqual([]))

  it.each([
    ['a control character', 'log in\u001b[2J', 'must not hold control or formatting characters'],
    ['a second line', 'log in\nNothing is revealed.', 'must not hold control or formatting characters'],
    ['a line separator', 'log in\u2028x', 'must not hold control or formatting characters'],
    ['writing that runs backwards', '\u202elog in', 'must not hold control or formatting characters'],
    ['a space of no width', 'log\u200bin', 'must not hold control or formatting characters'],
    ['a letter that is shown as nothing', 'log\u3164in', 'must not hold control or formatting characters'],
    ['a variation selector', 'log\ufe0fin', 'must not hold control or formatting characters'],
    ['half of a character', 'log\ud800', 'must not hold control or formatting characters'],
    ['a wide space', 'log\u2003in', 'must have single, usual spaces, and none at its ends'],
    [
      'a space before it, which makes another context',
      ' log in',
      'must have single, usual spaces, and none at its ends',
    ],
    ['a space after it', 'log in ', 'must have single, usual spaces, and none at its ends'],
    ['two spaces', 'log  in', 'must have single, usual spaces, and none at its ends'],
    ['the letters of NFD', 'cafe\u0301', 'must be in Unicode form NFC, without compatibility characters'],
    ['a ligature', 'ﬁle', 'must be in Unicode form NFC, without compatibility characters'],
    ['letters of full width', 'ｌｏｇ', 'must be in Unicode form NFC, without compatibility characters'],
    ['mathematical letters', '𝐥𝐨𝐠', 'must be in Unicode form NFC, without compatibility characters'],
    ['a Roman numeral', 'season Ⅳ', 'must be in Unicode form NFC, without compatibility characters'],
    [
      'the end of the quotation',
      'x”. Nothing is revealed. “',
      'must not hold quotation marks: it is shown between them',
    ],
    ['a straight quotation mark', 'x". “', 'must not hold quotation marks: it is shown between them'],
    ['two apostrophes, which look like one', "x''", 'must not hold quotation marks: it is shown between them'],
    ['a mark on nothing', '\u0338x', 'must not heap up combining marks'],
    ['a mark on a space', 'a \u064e', 'must not heap up combining marks'],
    ['a heap of marks', 'ب\u064e\u064f\u0650\u0651', 'must not heap up combining marks'],
    ['a slash that is none', 'dapp.example∕login', 'must be letters of one script, and usual signs'],
    ['a box', 'a ─── b', 'must be letters of one script, and usual signs'],
    ['one Cyrillic letter in a Latin word', 'pаypal', 'must be letters of one script, and usual signs'],
    ['one Greek letter in a Latin word', 'gοogle', 'must be letters of one script, and usual signs'],
    ['a digit of another script that looks like 8', '20৪ GPUs', 'must be letters of one script, and usual signs'],
    ['Latin letters struck out', 'a\u0335b', 'must be letters of one script, and usual signs'],
    ['a Cyrillic word that is a Latin one to the eye', 'сосо', 'must not imitate Latin letters'],
    ['a Greek word that is a Latin one to the eye', 'ΑΤΜ', 'must not imitate Latin letters'],
    ['an Armenian word that is a Latin one to the eye', 'ոս', 'must not imitate Latin letters'],
    ['a click that looks like an exclamation mark', 'stopǃ', 'must not imitate Latin letters'],
    ['a phonetic letter', 'ɡoogle', 'must not imitate Latin letters'],
  ])('may not hold %s', (_, text, message) => expect(problems(text)).toContain(message))

  it('has 1 to max characters', () => {
    expect(problems('')).toHaveLength(1)
    expect(problems('x'.repeat(128))).toEqual([])
    expect(problems('x'.repeat(129))).toHaveLength(1)
  })
})
