import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCeremonyRecord } from '../../scripts/circuits/ceremony-record.ts'
import { type Compiled, compileCircuit } from '../../scripts/circuits/compile-circuit.ts'
import { hashFile } from '../../scripts/circuits/hash-file.ts'
import { buildFolder } from '../../scripts/circuits/paths.ts'
import { FIELD_ORDER, toField } from '../../src/protocol/field.ts'
import { PUBLIC_SIGNALS } from '../../src/protocol/signals.ts'
import { type ConstraintSystem, readConstraintSystem } from './constraints.ts'
import { inputsFor, plainChoices } from './scenario.ts'
import { witnessValues } from './witness.ts'

// The compiler sees only what lies below the repository root.
let folder: string
let compiled: Compiled
let system: ConstraintSystem
let honest: bigint[]
let other: bigint[]

beforeAll(async () => {
  await mkdir(buildFolder, { recursive: true })
  folder = await mkdtemp(join(buildFolder, 'tampering-'))
  compiled = await compileCircuit('presentation', folder)
  system = await readConstraintSystem(compiled)
  honest = await witnessValues(inputsFor())
  other = await witnessValues(everythingElse())
  // Compiling takes 10 s, and several times that where others compute too.
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('the sources compile to the very bytes of the ceremony record', async () => {
  const record = await readCeremonyRecord('presentation')
  expect(await hashFile(compiled.r1cs)).toBe(record.files.r1cs)
  expect(await hashFile(compiled.wasm)).toBe(record.files.wasm)
  expect(compiled.constraints).toBe(record.constraints)
})

test('honest witnesses satisfy every constraint', () => {
  expect(system.countBroken(honest)).toBe(0)
  expect(system.countBroken(other)).toBe(0)
})

describe('one wire changed after the fact', () => {
  test.each(PUBLIC_SIGNALS.map((name, i) => [name, i + 1] as const))('public signal %s', (name, wire) => {
    expect(system.names[wire]).toContain(`main.${name}`)
    for (const value of [0n, honest[wire]! + 1n, other[wire]!, toField(name)])
      expect(system.breaks(honest.with(wire, value), [wire])).toBe(true)
  })

  test.each([
    'secret',
    'device',
    'schema',
    'expiresAt',
    'statusIndex',
    'list',
    'claims[0]',
    'claims[7]',
    'signatureS',
    'issuerAudience',
    'issuerKey[0]',
    'sources[1]',
    'sourceCap',
    'policyMinSources[0]',
    'statusWord',
    'policyFree',
    'subject',
    'binding',
    'message',
    'statusRoot',
    'leaf',
    'StatusBit.indexBits[0]',
    'StatusBit.indexBits[7]',
  ])('%s', (name) => {
    const wire = system.names.findIndex((names) => names.some((full) => full.startsWith(`main.${name}`)))
    expect(wire).toBeGreaterThan(0)
    for (const value of [0n, 1n, honest[wire]! + 1n, other[wire]!].filter((one) => one !== honest[wire]))
      expect(system.breaks(honest.with(wire, value), [wire])).toBe(true)
  })

  test('no other wire can change alone, but for the inverses of two zeros', () => {
    const free = new Set<string>()
    for (let wire = 1; wire < system.wires; wire++)
      for (const change of [1n, 1n - 2n * honest[wire]!, toField(String(wire))]) {
        const value = (((honest[wire]! + change) % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER
        if (value !== honest[wire] && !system.breaks(honest.with(wire, value), [wire]))
          free.add(system.names[wire]!.join(' '))
      }
    // IsZero leaves the inverse open where its input is 0; nothing else reads it.
    expect([...free]).toEqual([
      'main.CredentialSignature.verifier.eqCheckX.isz.inv',
      'main.CredentialSignature.verifier.eqCheckY.isz.inv',
    ])
  })
})

describe('a part exchanged for that of another valid proof', () => {
  test.each([
    'Pseudonym',
    'DeviceBinding',
    'DevicePseudonym',
    'CredentialMessage',
    'CredentialSignature',
    'Unexpired',
    'StatusBit',
    'StatusBit.WordBit',
    'StatusBit.MerklePath',
    'sourceBounds',
    'sources',
    'policyMinSources',
    'RegistryLeaf',
    'MerklePath',
    'registryIndexBits',
    'InRange',
    'PermittedValue',
    'PolicyHash',
    'claims',
    'policyMin',
    'policyMax',
    'policyAny',
    'statusSiblings',
    'registrySiblings',
    'issuerKey',
    'signatureR8',
  ])('%s', (part) => {
    const wires = wiresOf(`main.${part}`)
    expect(wires.filter((wire) => honest[wire] !== other[wire])).not.toEqual([])
    expect(system.countBroken(exchanged(wires))).toBeGreaterThan(0)
  })

  test('every private wire, under the public signals of the first', () => {
    const wires = Array.from({ length: system.wires }, (_, i) => i).slice(PUBLIC_SIGNALS.length + 1)
    expect(system.countBroken(exchanged(wires))).toBeGreaterThan(0)
  })
})

describe('bits that are none', () => {
  test.each([
    ['the status index', 'StatusBit.indexBits'],
    ['the status word', 'StatusBit.WordBit.wordBits'],
    ['the expiry', 'Unexpired.FitsBits.Num2Bits.out'],
    ['a range', 'InRange[0].FitsBits.Num2Bits.out'],
    ['the sources', 'sourceBounds.FitsBits'],
    ['the list', 'RegistryLeaf.FitsBits.Num2Bits.out'],
    ['the place in the registry', 'registryIndexBits'],
  ])('%s: 2 in one place and 1 less in the next keeps the sum, and fails', (_, part) => {
    const wires = wiresOf(`main.${part}`)
    expect(wires.length).toBeGreaterThan(5)
    for (let i = 0; i + 1 < wires.length; i++) {
      const [low, high] = [wires[i]!, wires[i + 1]!]
      const witness = honest.with(low, honest[low]! + 2n).with(high, honest[high]! - 1n)
      expect(system.breaks(witness, [low, high])).toBe(true)
    }
  })
})

function wiresOf(prefix: string): number[] {
  const inside = (name: string) => name === prefix || name.startsWith(`${prefix}.`) || name.startsWith(`${prefix}[`)
  return system.names.flatMap((names, wire) => (names.some(inside) ? [wire] : []))
}

function exchanged(wires: number[]): bigint[] {
  const witness = [...honest]
  for (const wire of wires) witness[wire] = other[wire]!
  return witness
}

/** Another valid statement that shares no choice with the plain one. */
function everythingElse() {
  return inputsFor({
    secret: toField('another secret'),
    audience: toField('did:example:other-dapp'),
    challenge: toField('another challenge'),
    now: plainChoices.now + 1000n,
    issuerAudience: toField('did:example:other-issuer'),
    issuerPrivateKey: new Uint8Array(32).fill(8),
    device: toField('machine:00'),
    schema: toField('https://example.org/schema/2'),
    expiresAt: plainChoices.expiresAt + 12_345n,
    statusIndex: 6,
    list: 4n,
    claims: [40n, 41n, 42n, 43n, 44n, 45n, 46n, 1n],
    sources: [3, 3, 1, 1, 2, 1, 2, 2],
    sourceCap: 3n,
    minSources: [2, 1, 1, 1, 1, 1, 1, 1],
    revoked: [7, 8, 70_123],
    registryIndex: 2,
    otherLeaves: [1n, 2n, 3n, 4n, 5n],
    min: [39n, 39n, 38n, 37n, 36n, 35n, 34n, 0n],
    max: [50n, 51n, 52n, 53n, 54n, 55n, 56n, 57n],
    any: [40n, 60n, 61n, 62n, 63n, 64n, 65n, 66n],
  })
}
