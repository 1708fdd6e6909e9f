import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cataloguePath, renderCatalogue } from '../../../scripts/build-catalogue.ts'
import { catalogue, matchModel, modelById } from '../../../src/evidence/index.ts'

const vectors = JSON.parse(readFileSync(new URL('../../vectors/nvidia-smi.json', import.meta.url), 'utf8'))

describe('hardware catalogue', () => {
  test('the committed file equals a fresh generation', () => {
    expect(readFileSync(cataloguePath, 'utf8')).toBe(renderCatalogue())
  })

  test('ids are unique, 32 bits and never 0', () => {
    const ids = catalogue.map((model) => model.id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(Number.isInteger(id) && id > 0 && id < 2 ** 32).toBe(true)
    expect(modelById(0n)).toBeUndefined()
  })

  test('ids given once stay as they are', () => {
    const id = (name: string) => catalogue.find((model) => model.name === name)?.id
    expect({ H100: id('H100'), A100: id('A100'), 'RTX 4090': id('RTX 4090') }).toMatchInlineSnapshot(`
      {
        "A100": 976850035,
        "H100": 279455261,
        "RTX 4090": 233331128,
      }
    `)
  })

  test('covers the three vendors', () => {
    const count = (vendor: string) => catalogue.filter((model) => model.vendor === vendor).length
    expect(count('nvidia')).toBeGreaterThan(110)
    expect(count('amd')).toBeGreaterThan(35)
    expect(count('intel')).toBeGreaterThan(5)
  })

  test.each(vectors.modelNames as { name: string; memoryMiB: number | null; model: string | null }[])(
    '$name with $memoryMiB MiB is $model',
    ({ name, memoryMiB, model }) => {
      expect(matchModel(name, memoryMiB)?.name ?? null).toBe(model)
    },
  )
})
