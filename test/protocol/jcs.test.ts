import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toField } from '../../src/protocol/field.ts'
import { jcs, jcsHash } from '../../src/protocol/jcs.ts'

describe('canonical JSON (RFC 8785)', () => {
  it('sorts members and writes numbers in one way', () => {
    expect(jcs({ b: [1.0, 'é'], a: { d: null, c: -0 } })).toBe('{"a":{"c":0,"d":null},"b":[1,"é"]}')
  })

  it('is one text for each value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(jcs(value))).toEqual(JSON.parse(JSON.stringify(value)))
        expect(jcs(JSON.parse(jcs(value)))).toBe(jcs(value))
      }),
    )
  })

  it.each([['\ud800'], ['\udfff a'], [{ a: ['\ud83d'] }], [{ '\udc00': 1 }], ['\\\ud800']])(
    'throws for half of a surrogate pair (3.2.2.2): %j',
    (value) => {
      expect(() => jcs(value)).toThrow(new TypeError('A text with half of a surrogate pair has no canonical form'))
      expect(() => jcsHash(value)).toThrow(TypeError)
    },
  )

  it('does not take a backslash and letters for one, nor a whole pair', () => {
    for (const text of ['\\ud800', '\\\\ud800', '😀']) expect(JSON.parse(jcs(text))).toBe(text)
  })

  it.each([[undefined], [Number.NaN], [Number.POSITIVE_INFINITY]])('throws for %s', (value) => {
    expect(() => jcs(value)).toThrow()
  })

  it('hashes to a field by UTF-8, in which all halves would be one', () => {
    expect(() => toField('\ud800')).toThrow(new TypeError('Half of a surrogate pair has no bytes in UTF-8'))
    expect(toField('😀')).toBe(toField('\u{1f600}'))
  })
})
