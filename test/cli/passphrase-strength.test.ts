import { describe, expect, it } from 'vitest'
import { requireStrong } from '../../src/cli/passphrase-strength.ts'
import { newPassphrase } from '../../src/cli/wallet-access.ts'

describe('a new passphrase', () => {
  it.each(['', 'pw', 'password123', 'qwertyuiop', 'P@ssw0rd!', 'aaaaaaaaaaaa'])(
    'is refused when it is %j',
    async (weak) => {
      await expect(requireStrong(weak)).rejects.toMatchObject({
        code: 'malformed',
        message: expect.stringMatching(/easy to guess.*--weak-passphrase/),
      })
    },
  )

  it('is not repeated in the refusal', async () => {
    await expect(requireStrong('qwertyuiop')).rejects.toMatchObject({ message: expect.not.stringContaining('qwerty') })
  })

  it.each(['correct-horse-battery', 'what a reader types', 'ladder quartz mitten harbour'])(
    'is taken when it is %j',
    async (strong) => {
      await expect(requireStrong(strong)).resolves.toBeUndefined()
    },
  )

  it('is checked when it comes from the environment, unless the holder insists', async () => {
    const before = process.env.ASSAY_PASSPHRASE
    process.env.ASSAY_PASSPHRASE = 'pw'
    try {
      await expect(newPassphrase({})).rejects.toMatchObject({ code: 'malformed' })
      expect(await newPassphrase({ weakPassphrase: true })).toBe('pw')
    } finally {
      if (before === undefined) delete process.env.ASSAY_PASSPHRASE
      else process.env.ASSAY_PASSPHRASE = before
    }
  })
})
