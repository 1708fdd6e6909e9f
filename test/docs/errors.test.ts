import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../src/protocol/index.ts'
import { statusOf } from '../../src/server/problem.ts'
import { PAGES, prose, readPage, tableRows, unquote } from './markdown.ts'

const rows = tableRows(readPage('docs/errors.md'), 'code', 'HTTP', 'meaning', 'what to do')

describe('docs/errors.md', () => {
  it('lists every code once, in the catalogue’s order, with its meaning and HTTP status', () => {
    const documented = rows.map(([code, status, meaning]) => [unquote(code!), Number(status), meaning])
    const defined = Object.entries(errorCodes).map(([code, meaning]) => {
      return [code, statusOf(code as keyof typeof errorCodes), meaning]
    })
    expect(documented).toEqual(defined)
  })

  it('says for each what to do', () => {
    for (const [code, , , advice] of rows) expect(advice, code).toMatch(/\w.{10,}\.$/)
  })
})

/** What a verifier can answer, in the order of its checks. */
const VERIFIER_CODES = [
  ...['proofMalformed', 'circuitMismatch', 'wrongAudience', 'nonceUnknown', 'nonceExpired', 'nonceUsed'],
  ...['challengeMismatch', 'policyMismatch', 'nowMismatch', 'nowOffStep', 'clockSkew', 'requestTooLong'],
  ...['rootUnknown', 'rootSuperseded', 'proofInvalid', 'notRecipient', 'pseudonymMismatch', 'deviceMismatch'],
  'replayed',
]

describe('docs/dapp-guide.md', () => {
  it('says of every refusal of a verifier what it means, in the order of the checks', () => {
    const documented = tableRows(readPage('docs/dapp-guide.md'), 'code', 'what it means for you')
    expect(documented.map(([code]) => unquote(code!))).toEqual(VERIFIER_CODES)
  })
})

describe('docs/protocol.md, verifying', () => {
  it('names the codes of every check', () => {
    const rows = tableRows(readPage('docs/protocol.md'), '', 'check', 'codes')
    const codes = rows.flatMap(([, , cell]) => cell!.split(' ').map(unquote))
    expect([...new Set(codes)]).toEqual(VERIFIER_CODES)
  })
})

/** Names in parentheses that are fields of answers. */
const FIELDS = ['credentialRefusal', 'constantsHash']

describe('every page', () => {
  it.each(PAGES)('%s names no code that does not exist', (path) => {
    const named = Array.from(prose(readPage(path)).matchAll(/\(`([a-z]+[A-Z][A-Za-z]+)`\)/g), (match) => match[1]!)
    for (const name of named.filter((name) => !FIELDS.includes(name))) expect(Object.keys(errorCodes)).toContain(name)
  })
})
