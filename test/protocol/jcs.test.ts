import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toField } from '../../src/protocol/field.ts'
import { jcs, jcsBytes, jcsHash } from '../../src/protocol/jcs.ts'

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

  it('3.2.2 to 3.2.4: the example, byte for byte', () => {
    const text = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`
    const hex = `7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333333333
      332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d`
    expect(Buffer.from(jcsBytes(JSON.parse(text))).toString('hex')).toBe(hex.replace(/\s/g, ''))
  })

  it('3.2.3: members are sorted by their UTF-16 code units', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    const order = ['Carriage Return', 'One', 'Control', 'Latin', 'Euro', 'Emoji', 'Hebrew']
    const places = order.map((word) => jcs(value).indexOf(word))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places).not.toContain(-1)
  })

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555555', '333333333.3333333'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('appendix B: the number %s is %s', (bits, text) => {
    expect(jcs(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text)
  })

  // https://github.com/cyberphone/json-canonicalization, testdata: the vectors of the RFC's authors
  it.each([
    [
      'structures',
      '{"1":{"f":{"f":"hi","F":5},"\\n":56.0},"10":{},"":"empty","a":{},"111":[{}],"A":{}}',
      '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],"A":{},"a":{}}',
    ],
    ['unicode', '{"Unnormalized Unicode":"\\u1e0d\\u0307"}', '{"Unnormalized Unicode":"\u1e0d\u0307"}'],
    [
      'french',
      '{"sin":"ingnore locale","pêche":"but canonicalization MUST","péché":"is wrong according to French","peach":"This sorting order"}',
      '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ingnore locale"}',
    ],
  ])('the vector %s', (_, input, output) => {
    expect(jcs(JSON.parse(input))).toBe(output)
  })

  it.each([
    ['\ud800'],
    ['\udfff a'],
    [{ a: ['\ud83d'] }],
    [{ '\udc00': 1 }],
    [[[{ a: { '\ud800\ud800': [] } }]]],
    ['\\\ud800'],
  ])('throws for half of a surrogate pair (3.2.2.2): %j', (value) => {
    expect(() => jcs(value)).toThrow(new TypeError('A text with half of a surrogate pair has no canonical form'))
    expect(() => jcsHash(value)).toThrow(TypeError)
  })

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
