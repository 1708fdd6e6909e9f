import { entropyToMnemonic, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import type { RandomBytes } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'

const entropyBytes = { 12: 16, 24: 32 } as const

/** Draws a recovery phrase: 12 or 24 English words (BIP-39; 128 or 256 random bits and a checksum). */
export function drawPhrase(randomBytes: RandomBytes, words: 12 | 24 = 24): string {
  return entropyToMnemonic(randomBytes(entropyBytes[words]), wordlist)
}

/**
 * A phrase as a person typed it, in its one spelling: lower case, single spaces.
 * @throws AssayError `phraseInvalid` unless it has 12 or 24 English BIP-39 words whose checksum agrees. What was typed
 * is repeated nowhere.
 */
export function parsePhrase(typed: string): string {
  const words = typed.normalize('NFKD').trim().toLowerCase().split(/\s+/u)
  if (words.length !== 12 && words.length !== 24) {
    throw new AssayError('phraseInvalid', `A recovery phrase has 12 or 24 words, got ${words.length}`)
  }
  const unknown = words.findIndex((word) => !wordlist.includes(word))
  if (unknown >= 0) {
    throw new AssayError('phraseInvalid', `Word ${unknown + 1} of the recovery phrase is not in the English word list`)
  }
  const phrase = words.join(' ')
  if (!validateMnemonic(phrase, wordlist)) {
    throw new AssayError('phraseInvalid', 'The recovery phrase has a wrong checksum: a word is wrong or out of place')
  }
  return phrase
}

/** The 64-byte seed of a phrase that `parsePhrase` accepted (BIP-39, without a passphrase of its own). */
export function phraseSeed(phrase: string): Uint8Array {
  return mnemonicToSeedSync(phrase)
}
