import { describe, expect, it } from 'vitest'
import { loadWholeProgram } from '../../src/cli/load-program.ts'
import { nextStep, ofCommands } from '../../src/cli/next-steps.ts'
import { type ErrorCode, errorCodes } from '../../src/protocol/index.ts'

const program = await loadWholeProgram()
const paths = program.commands.flatMap((command) => [
  command.name(),
  ...command.commands.map((child) => `${command.name()} ${child.name()}`),
])
const pairs = paths.flatMap((path) => {
  return (Object.keys(errorCodes) as ErrorCode[]).map((code) => ({ path, code, hint: nextStep(code, path) }))
})
const where = (wanted: RegExp) => pairs.filter(({ hint }) => hint !== undefined && wanted.test(hint))

describe('the hint of every code at every command', () => {
  it('is whole sentences', () => {
    for (const { path, code, hint } of pairs) {
      if (hint !== undefined) expect(hint, `${path}, ${code}`).toMatch(/^[A-Z`].*[.]$/)
    }
  })

  it('names commands that exist', () => {
    for (const { hint, path, code } of pairs) {
      for (const [, named] of hint?.matchAll(/`assay ([a-z]+(?: [a-z][a-z-]*)?)/g) ?? []) {
        expect(paths, `${path}, ${code}`).toContain(named)
      }
    }
  })

  it('is set for commands that exist', () => {
    expect(paths).toEqual(expect.arrayContaining(Object.keys(ofCommands)))
  })

  it('speaks of PostgreSQL only where a command opens the data folder of a service', () => {
    const groups = where(/PostgreSQL/).map(({ path }) => path.split(' ')[0])
    expect(new Set(groups)).toEqual(new Set(['serve', 'registry']))
    expect(nextStep('folderInUse', 'registry witness')).toBe('Stop the process that uses it.')
    expect(nextStep('fileInUse', 'wallet add')).toBe('Wait until the other process is done, then try again.')
  })

  it('speaks of operators who revoke only at revoke', () => {
    expect(where(/operators/).map(({ path, code }) => [path, code])).toEqual([['revoke', 'unauthorized']])
  })

  it('says nothing where the holder has just said no', () => {
    expect(pairs.filter(({ code, hint }) => code === 'declined' && hint !== undefined)).toEqual([])
    expect(nextStep('unauthorized', 'present')).toBeUndefined()
  })

  it('tells a verifier to ask anew, and a holder to ask for a new request', () => {
    expect(nextStep('nonceUsed', 'verify')).toContain('`assay verify new-request`')
    expect(nextStep('nonceUsed', 'present')).toContain('Ask for a new request')
  })
})
