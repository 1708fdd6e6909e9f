import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/protocol/parse-json.ts'

const twice = new SyntaxError('An object names a member twice')

describe('I-JSON (RFC 7493, 2.3)', () => {
  it('parses what JSON.parse parses, however it is written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t', ' \n'), (value, space) => {
        const text = JSON.stringify(value, undefined, space)
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('refuses a member that is repeated anywhere', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), (name, first, second) => {
        const pair = (value: unknown) => `${JSON.stringify(name)} : ${JSON.stringify(value)}`
        for (const object of [
          `{${pair(first)},${pair(second)}}`,
          `{${pair(first)}, "x${name.length}y":1,${pair(first)}}`,
        ]) {
          expect(() => parseJson(object)).toThrow(twice)
          expect(() => parseJson(`[0,{"a":[${object}]}]`)).toThrow(twice)
        }
      }),
    )
  })

  it.each(['{"__proto__":1,"__proto__":2}', '{"a":1,"\\u0061":2}', '{"":1,"":2}', '{"\\\\":1,"\\u005c":2}'])(
    'refuses %s',
    (text) => {
      expect(() => parseJson(text)).toThrow(twice)
    },
  )

  it('takes names that only look alike, and depth and width as they come', () => {
    for (const text of ['{"a":1,"A":2,"á":3}', '{"a\\"":1,"a":2}', '{"__proto__":1}']) {
      expect(parseJson(text)).toEqual(JSON.parse(text))
    }
    const deep = `${'[{"a":'.repeat(20_000)}1${'}]'.repeat(20_000)}`
    expect((parseJson(deep) as unknown[]).length).toBe(1)
    expect((parseJson(`[${'1,'.repeat(100_000)}1]`) as unknown[]).length).toBe(100_001)
  })

  it.each(['', '{', "{'a':1}", '\ufeff{}', '{"a":1}}'])('refuses what is no JSON: %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  })
})
