import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawPhrase, parsePhrase, phraseSeed } from '../../src/holder/recovery-phrase.ts'
import { PHRASE } from './fixture.ts'

describe('recovery phrase (BIP-39, English)', () => {
  it('encodes the reference vectors of https://github.com/trezor/python-mnemonic/blob/master/vectors.json', () => {
    expect(drawPhrase(() => new Uint8Array(16), 12)).toBe(PHRASE)
    expect(drawPhrase(() => new Uint8Array(16).fill(0x7f), 12)).toBe(
      'legal winner thank year wave sausage worth useful legal winner thank yellow',
    )
    expect(drawPhrase(() => hexToBytes('f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f'))).toBe(
      'void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold',
    )
  })

  it('derives the seed that BIP-39 gives without a passphrase', () => {
    expect(bytesToHex(phraseSeed(PHRASE))).toBe(
      '5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4',
    )
  })

  it('asks for as much randomness as the words hold', () => {
    const asked: number[] = []
    const randomBytes = (length: number) => {
      asked.push(length)
      return new Uint8Array(length)
    }
    expect(drawPhrase(randomBytes).split(' ')).toHaveLength(24)
    expect(drawPhrase(randomBytes, 12).split(' ')).toHaveLength(12)
    expect(asked).toEqual([32, 16])
  })

  it('reads what it drew, however it is spaced and cased', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.boolean(), (entropy, twelve) => {
        const phrase = drawPhrase((length) => entropy.slice(0, length), twelve ? 12 : 24)
        expect(parsePhrase(` ${phrase.toUpperCase().replaceAll(' ', ' \n\t')}  `)).toBe(phrase)
      }),
      { numRuns: 25 },
    )
  })

  it.each([
    ['', 'A recovery phrase has 12 or 24 words, got 1'],
    ['abandon '.repeat(15), 'A recovery phrase has 12 or 24 words, got 15'],
    [`${'abandon '.repeat(11)}abandon`, 'The recovery phrase has a wrong checksum: a word is wrong or out of place'],
    [`${'abandon '.repeat(11)}hunter2`, 'Word 12 of the recovery phrase is not in the English word list'],
  ])('refuses %j and repeats none of it', (phrase, message) => {
    expect(() => parsePhrase(phrase)).toThrow(expect.objectContaining({ code: 'phraseInvalid', message }))
  })
})
