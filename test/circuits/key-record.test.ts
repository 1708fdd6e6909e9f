import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CeremonyRecord, readCeremonyRecord } from '../../scripts/circuits/ceremony-record.ts'
import { checkHashes, checkKey } from '../../scripts/circuits/check-artifacts.ts'
import { compress, readArtifact } from '../../scripts/circuits/compressed.ts'
import { applyBeacon } from '../../scripts/circuits/contribute.ts'
import { bn254 } from '../../scripts/circuits/curve.ts'
import { artifactPaths, artifactsFolder } from '../../scripts/circuits/paths.ts'
import { acceptedPowersOfTau, recognizePowersOfTau } from '../../scripts/circuits/powers-of-tau.ts'
import { readKeyRecord } from '../../scripts/circuits/read-key-record.ts'
import { refuseUnlessCeremony } from '../../scripts/circuits/set-up.ts'

let folder: string
let record: CeremonyRecord

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuits-'))
  record = await readCeremonyRecord('presentation')
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await (await bn254()).terminate()
})

describe('the check of committed artifacts', () => {
  test('passes as they are', async () => {
    await checkHashes(record, artifactsFolder)
    await checkKey(record, artifactsFolder)
  })

  test.each(['wasm', 'zkey', 'vkey'] as const)('names a changed %s', async (kind) => {
    const copy = await mkdtemp(join(folder, 'copy-'))
    await cp(artifactsFolder, copy, { recursive: true })
    const path = artifactPaths('presentation', copy)[kind]
    const changed = Buffer.concat([await readArtifact(path), Buffer.from(' ')])
    await writeFile(path, kind === 'vkey' ? changed : compress(changed))
    await expect(checkHashes(record, copy)).rejects.toThrow(
      new RegExp(`^The committed ${kind} of presentation differs from the ceremony record: "[0-9a-f]{64}", recorded`),
    )
  })

  test('names a source that changed, appeared or went', async () => {
    const source = 'lib/unexpired.circom'
    const changed = { ...record, sources: { ...record.sources, [source]: '0'.repeat(64) } }
    await expect(checkHashes(changed, artifactsFolder)).rejects.toThrow(/^The source lib\/unexpired.circom of/)
    const { [source]: _, ...fewer } = record.sources
    await expect(checkHashes({ ...record, sources: fewer }, artifactsFolder)).rejects.toThrow(/recorded absent\.$/)
    const more = { ...record.sources, 'lib/more.circom': '0'.repeat(64) }
    await expect(checkHashes({ ...record, sources: more }, artifactsFolder)).rejects.toThrow(/more.circom.*: absent,/)
  })

  test('names a contribution that is not the one in the proving key', async () => {
    const [first] = record.contributions
    const contributions = [{ ...first!, hash: '0'.repeat(128) }]
    await expect(checkKey({ ...record, contributions }, artifactsFolder)).rejects.toThrow(
      /^The list of contributions in the proving key of presentation differs/,
    )
    await expect(checkKey({ ...record, circuitHash: '0'.repeat(128) }, artifactsFolder)).rejects.toThrow(
      /^The circuit hash in the proving key of presentation differs/,
    )
  })

  test('names a verification key that is not in the proving key', async () => {
    const copy = await mkdtemp(join(folder, 'copy-'))
    await cp(artifactsFolder, copy, { recursive: true })
    const { vkey } = artifactPaths('presentation', copy)
    await writeFile(vkey, (await readFile(vkey, 'utf8')).replace('"nPublic": 7', '"nPublic": 8'))
    await expect(checkKey(record, copy)).rejects.toThrow(
      'The committed verification key of presentation is not the one in its proving key.',
    )
  })
})

describe('what a ceremony may not do', () => {
  test.each([
    ['no hex', 'xyz', 10, 'A beacon is 1 to 255 bytes in lower-case hex.'],
    ['nothing', '', 10, 'A beacon is 1 to 255 bytes in lower-case hex.'],
    ['too few iterations', '00', 9, 'A beacon is hashed 2^n times with n from 10 to 63.'],
  ])('a beacon of %s is refused', async (_, value, iterations, sentence) => {
    const refused = join(folder, 'refused.zkey')
    const key = await readArtifact(artifactPaths('presentation').zkey)
    await expect(applyBeacon(key, refused, value, iterations)).rejects.toThrow(sentence)
  })

  test('a development file or a lone contributor never yields a production key', () => {
    expect(() => refuseUnlessCeremony(record)).toThrow(/^A production key can't come from development_15.ptau/)
    const published = { ...record, powersOfTau: acceptedPowersOfTau[0]! }
    expect(() => refuseUnlessCeremony(published)).toThrow('at least two people')
    const two = [record.contributions[0]!, record.contributions[0]!]
    refuseUnlessCeremony({ ...published, contributions: two })
  })

  test('what is no proving key is refused', async () => {
    const { vkey, zkey } = artifactPaths('presentation')
    await expect(readKeyRecord(await readArtifact(vkey))).rejects.toThrow('The file is not a proving key.')
    const short = (await readArtifact(zkey)).subarray(0, 10_000)
    await expect(readKeyRecord(short)).rejects.toThrow('The proving key is truncated.')
  })
})

describe('powers of tau', () => {
  test('accepted are the published files of 2^14 and 2^15 and the development file, by hash', () => {
    expect(acceptedPowersOfTau.map(({ kind, blake2b }) => `${kind} ${blake2b.slice(0, 8)}`)).toEqual([
      'published eeefbcf7',
      'published 982372c8',
      'development 96ccaa18',
    ])
    expect(record.powersOfTau).toEqual(acceptedPowersOfTau[2])
  })

  test('any other file is refused with its hash', async () => {
    const file = join(folder, 'powersOfTau28_hez_final_14.ptau')
    await writeFile(file, '')
    // BLAKE2b-512 of nothing: RFC 7693 implementations' common test value.
    await expect(recognizePowersOfTau(file)).rejects.toThrow('its BLAKE2b-512 is 786a02f742015903c6c6fd852552d272')
  })
})
