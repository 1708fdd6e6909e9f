import { describe, expect, it } from 'vitest'
import {
  COMPUTE,
  canHaveSource,
  claimDefinition,
  claimNames,
  claimSchema,
  claimSlot,
  HARDWARE,
  jobsSchema,
  marketplaceOf,
  REPUTATION,
  UPTIME,
  zMarketplace,
  zSchemaUri,
} from '../../src/protocol/claim-schemas.ts'

const JOBS = jobsSchema('market.example')
const schemas = [HARDWARE, COMPUTE, UPTIME, JOBS, REPUTATION]
const slots = (uri: string) => claimSchema(uri).claims.map((claim) => claim?.name ?? null)
const sources = (uri: string) =>
  Object.fromEntries(claimNames(uri).map((name) => [name, claimDefinition(uri, name).sources]))

describe('claim schemas', () => {
  it('have the slots of the protocol, in the order of the circuit', () => {
    const hardware = [
      'model',
      'vramMiB',
      'gops',
      'memoryMBps',
      'gpuCount',
      'computeCapability',
      'powerLimitW',
      'hostRamMiB',
    ]
    expect(slots(HARDWARE)).toEqual(hardware)
    expect(slots(COMPUTE)).toEqual(['ramMiB', 'gops', 'memoryMBps', 'cores', 'diskGiB', 'netMbit', 'virtual', null])
    const uptime = [
      'epoch',
      'upSlots',
      'downSlots',
      'uptimeMicro',
      'uptime30Micro',
      'firstEpoch',
      'monitors',
      'inheritedSilence',
    ]
    expect(slots(UPTIME)).toEqual(uptime)
    const jobs = ['epoch', 'completed', 'failed', 'disputed', 'ratingSum', 'ratingCount', 'firstEpoch', 'distinctUsers']
    expect(slots(JOBS)).toEqual(jobs)
    const score = [
      'modelVersion',
      'score',
      'lower',
      'upper',
      'evidenceHours',
      'firstEpoch',
      'lastEpoch',
      'attestedShare',
    ]
    expect(slots(REPUTATION)).toEqual(score)
  })

  it('have no assurance of the whole, and RAM is never a claim about a GPU', () => {
    for (const uri of schemas) expect(claimNames(uri)).not.toContain('assurance')
    expect(claimNames(COMPUTE)).not.toContain('vramMiB')
    expect(claimDefinition(HARDWARE, 'vramMiB').label).toContain('GPU memory (VRAM)')
    expect(claimDefinition(HARDWARE, 'hostRamMiB').label).toContain('main memory (RAM)')
  })

  it('say which claim may have which source', () => {
    const [stated, measured, attested] = [['selfReported'], ['measured'], ['attested']]
    expect(sources(HARDWARE)).toEqual({
      model: [...stated!, ...attested!],
      vramMiB: [...stated!, ...measured!, ...attested!],
      gops: [...measured!, ...attested!],
      memoryMBps: [...measured!, ...attested!],
      gpuCount: [...stated!, ...measured!, ...attested!],
      computeCapability: [...stated!, ...attested!],
      powerLimitW: stated,
      hostRamMiB: [...stated!, ...measured!],
    })
    expect(sources(COMPUTE)).toEqual({
      ramMiB: [...stated!, ...measured!],
      gops: measured,
      memoryMBps: measured,
      cores: stated,
      diskGiB: stated,
      netMbit: [...stated!, ...measured!],
      virtual: stated,
    })
    for (const uri of [UPTIME, REPUTATION]) {
      for (const list of Object.values(sources(uri))) expect(list).toEqual(measured)
    }
    for (const list of Object.values(sources(JOBS))) expect(list).toEqual([...stated!, ...measured!])
  })

  it('have grids: relative where values are large, exact for what is counted or named', () => {
    expect(claimDefinition(HARDWARE, 'gops')).toMatchObject({ grid: { digits: 2 }, rounding: 'down' })
    expect(claimDefinition(COMPUTE, 'memoryMBps')).toMatchObject({ grid: { digits: 2 }, rounding: 'down' })
    expect(claimDefinition(HARDWARE, 'vramMiB')).toMatchObject({ grid: { step: 1024n }, rounding: 'down' })
    for (const [uri, name] of [
      [HARDWARE, 'model'],
      [HARDWARE, 'gpuCount'],
      [UPTIME, 'epoch'],
    ] as const) {
      expect(claimDefinition(uri, name)).toMatchObject({ grid: { step: 1n }, rounding: 'exact' })
    }
  })

  it('have words for people, each claim its own', () => {
    for (const uri of schemas) {
      const labels = claimNames(uri).map((name) => claimDefinition(uri, name).label)
      expect(new Set(labels).size).toBe(labels.length)
      for (const label of labels) expect(label).toMatch(/^[a-zG].{3,}/)
    }
  })

  it('know which sources are at least as good as another', () => {
    const model = claimDefinition(HARDWARE, 'model')
    expect(canHaveSource(model, 'measured')).toBe(true)
    const cores = claimDefinition(COMPUTE, 'cores')
    expect([canHaveSource(cores, 'selfReported'), canHaveSource(cores, 'measured')]).toEqual([true, false])
  })

  it('are one a marketplace for jobs', () => {
    expect(JOBS).toBe('urn:assay:schema:jobs:1:market.example')
    expect(marketplaceOf(JOBS)).toBe('market.example')
    expect(marketplaceOf(UPTIME)).toBeUndefined()
    expect(marketplaceOf('urn:assay:schema:jobs:1:')).toBeUndefined()
    for (const name of ['', 'Market', 'a b', '-a', 'a-', 'a'.repeat(65), 'a/b', 'a:b', 'a#b']) {
      expect(zMarketplace.safeParse(name).success).toBe(false)
      expect(zSchemaUri.safeParse(`urn:assay:schema:jobs:1:${name}`).success).toBe(false)
    }
  })

  it('are known, or refused', () => {
    for (const uri of schemas) expect(zSchemaUri.parse(uri)).toBe(uri)
    const unknown = 'urn:assay:schema:hardware:2'
    expect(() => claimSchema(unknown)).toThrow(
      expect.objectContaining({ code: 'unknownSchema', message: `${unknown} is not a known claim schema` }),
    )
    expect(zSchemaUri.safeParse(unknown).success).toBe(false)
    expect(() => claimSlot(COMPUTE, 'vramMiB')).toThrow(
      expect.objectContaining({ code: 'malformed', message: `${COMPUTE} has no claim named vramMiB` }),
    )
  })
})
