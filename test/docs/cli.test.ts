import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { loadWholeProgram } from '../../src/cli/load-program.ts'
import { variableOf, zServiceConfig } from '../../src/server/index.ts'
import { PAGES, readPage } from './markdown.ts'

const program = await loadWholeProgram()

/** `assay …` in code type and in blocks, each as its words. */
function commandsIn(markdown: string): string[][] {
  const inCode = markdown.matchAll(/`((?:npx )?assay [^`\n]+)`/g)
  const inBlocks = markdown.matchAll(/^\s*((?:npx )?assay [^\n]+)$/gm)
  return [...inCode, ...inBlocks].map(([, text]) => {
    const [first] = text!.replace(/^npx /, '').split(/ [|>&;#]/)
    return first!.trim().split(/\s+/).slice(1)
  })
}

/** The command that words lead to, and what is left of them. */
function find(words: string[]): { command: Command; rest: string[] } {
  let command = program
  let at = 0
  for (; at < words.length; at += 1) {
    const next = command.commands.find((child) => child.name() === words[at])
    if (next === undefined) break
    command = next
  }
  return { command, rest: words.slice(at) }
}

describe('commands in the pages', () => {
  it.each(PAGES)('%s names only commands and options that exist', (page) => {
    for (const words of commandsIn(readPage(page))) {
      const line = `assay ${words.join(' ')} in ${page}`
      const { command, rest } = find(words)
      if (command === program) expect(rest[0], line).toMatch(/^(…|--(help|version|json))$/)
      const known = [...command.options, ...program.options].map(({ long }) => long)
      for (const flag of rest.filter((word) => word.startsWith('--'))) {
        expect([...known, '--help', '--version'], line).toContain(flag)
      }
      if (command.commands.length > 0 && command.name() !== 'verify') {
        expect(rest.every((word) => word.startsWith('-')) || command === program, line).toBe(true)
      }
    }
  })
})

describe('`assay serve`', () => {
  it('has for each flag the setting that its name and the operator guide promise', () => {
    const serve = program.commands.find((command) => command.name() === 'serve')!
    const settings = serve.options.map((option) => option.attributeName()).filter((name) => name !== 'json')
    for (const name of settings) expect(Object.keys(zServiceConfig.shape)).toContain(name)
    // what has no flag: secrets, and what nobody changes often
    const without = Object.keys(zServiceConfig.shape).filter((name) => !settings.includes(name))
    expect(without.map(variableOf)).toEqual(expect.arrayContaining(['DATABASE_URL', 'ASSAY_KMS_SECRET']))
  })
})

describe('variables in the pages', () => {
  /** Read by commands, beside the service's settings. */
  const OF_COMMANDS = ['ASSAY_SERVICE', 'ASSAY_WALLET', 'ASSAY_PASSPHRASE']
  /** Read by the tests. */
  const OF_TESTS = ['ASSAY_TEST_DATABASE_URL']

  it.each(PAGES)('%s names only variables that are read', (page) => {
    const known = [...Object.keys(zServiceConfig.shape).map(variableOf), ...OF_COMMANDS, ...OF_TESTS]
    for (const [name] of readPage(page).matchAll(/\b(ASSAY_[A-Z_]+|DATABASE_URL)\b/g)) expect(known).toContain(name)
  })
})
