import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { circuitListEntry } from '../../scripts/circuits/circuit-list-entry.ts'
import { hashSources } from '../../scripts/circuits/hash-sources.ts'
import { listIncludes } from '../../scripts/circuits/list-includes.ts'
import { artifactPaths } from '../../scripts/circuits/paths.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sources-'))
  await mkdir(join(folder, 'lib'))
  const sources = {
    'first.circom': 'include "lib/a.circom";\n// include "lib/line.circom";\n/*\ninclude "lib/block.circom";\n*/\n',
    'second.circom': 'include "lib/b.circom"; include "lib/c.circom";\n',
    'lib/a.circom': 'include "b.circom";\ninclude "../../node_modules/circomlib/circuits/poseidon.circom";\n',
    'lib/b.circom': 'include "a.circom";\n',
    'lib/c.circom': '',
  }
  for (const [file, text] of Object.entries(sources)) await writeFile(join(folder, file), text)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe("a circuit's sources", () => {
  test('are its file and what it includes through others, and nothing of another circuit', async () => {
    expect(await listIncludes('first.circom', folder)).toEqual(['first.circom', 'lib/a.circom', 'lib/b.circom'])
    expect(await listIncludes('second.circom', folder)).toEqual([
      'lib/a.circom',
      'lib/b.circom',
      'lib/c.circom',
      'second.circom',
    ])
  })

  test('that include a file that is absent are refused', async () => {
    await writeFile(join(folder, 'third.circom'), 'include "lib/absent.circom";\n')
    await expect(listIncludes('third.circom', folder)).rejects.toThrow(/absent\.circom/)
  })

  test('are the recorded ones for the committed circuit', async () => {
    const record = JSON.parse(await readFile(artifactPaths('presentation').record, 'utf8')) as { sources: object }
    const sources = await hashSources('presentation')
    expect(sources).toEqual(record.sources)
    expect(Object.keys(sources)).toEqual(Object.keys(record.sources))
  })
})

describe('the entry of a circuit in circuits.json', () => {
  const first = '  "first": {\n    "parameters": [1, 2]\n  }'
  const second = '  "second": {\n    "parameters": []\n  }'

  test('does not change when another is added before or behind it', () => {
    const alone = `{\n${first}\n}\n`
    expect(circuitListEntry(alone, 'first')).toBe(alone)
    expect(circuitListEntry(`{\n${first},\n${second}\n}\n`, 'first')).toBe(alone)
    expect(circuitListEntry(`{\n${second},\n${first}\n}\n`, 'first')).toBe(alone)
  })

  test('is refused where it is absent or not formatted', () => {
    expect(() => circuitListEntry(`{\n${first}\n}\n`, 'second')).toThrow('has no entry "second"')
    expect(() => circuitListEntry('{ "first": {} }', 'first')).toThrow('Format it')
  })
})
