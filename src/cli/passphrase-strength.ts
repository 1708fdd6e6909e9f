import { CannotRun } from './exit-codes.ts'

/** zxcvbn's score, of 0 to 4, that a new passphrase needs: more than 10⁸ guesses, and each guess runs age's scrypt. */
const ENOUGH = 3

/** What the estimate takes time for; the rest of a longer passphrase only adds strength. */
const MAX_LENGTH = 100

/**
 * Refuses a new passphrase that is easy to guess. The dictionaries are large, so they are loaded only here.
 * @throws CannotRun `malformed`, with what to do; the passphrase is not repeated
 */
export async function requireStrong(passphrase: string): Promise<void> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ])
  const estimator = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary, assay: ['assay', 'wallet'] },
    graphs: common.adjacencyGraphs,
  })
  if (estimator.check(passphrase.slice(0, MAX_LENGTH)).score >= ENOUGH) return
  throw new CannotRun(
    'malformed',
    'The passphrase is easy to guess: nothing was written. Take four or more unrelated words, or insist with --weak-passphrase',
  )
}
