import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  checkAgainstCatalogue,
  computeClaims,
  deviceOfReport,
  type GpuInspection,
  hardwareClaims,
  inspectMachine,
  judgeGpus,
  matchModel,
  nvidiaSmiArguments,
  parseNvidiaSmi,
  zInspectionReport,
} from '../../../src/evidence/index.ts'
import { COMPUTE, HARDWARE, machineDevice, nameClaims, nameSources, roundClaims } from '../../../src/protocol/index.ts'

const { outputs, query } = JSON.parse(
  readFileSync(new URL('../../vectors/nvidia-smi.json', import.meta.url), 'utf8'),
) as { outputs: Record<string, string>; query: string }

const machineId = '00112233445566778899aabbccddeeff'
const machine = { cpuBrand: 'AMD EPYC 7763', cores: 64, ramMiB: 257_000, diskGiB: 900, netMbit: null, virtual: false }
const noDriver = () => Promise.reject(Object.assign(new Error('spawn nvidia-smi ENOENT'), { code: 'ENOENT' }))
const inspect = (run: () => Promise<string>) =>
  inspectMachine({ run, describeMachine: async () => machine, clock: () => 1_800_000_000, machineId })
const gpu = (output: string) => parseNvidiaSmi(outputs[output]!).gpus[0]!
const rig = (...gpus: GpuInspection[]) =>
  zInspectionReport.parse({ type: 'inspection/1', inspectedAt: 1, machineId, ...machine, gpus })
const h100 = (changes: Partial<GpuInspection> = {}): GpuInspection => ({ ...gpu('h100'), ...changes })

describe('inspection', () => {
  test('asks nvidia-smi for exactly the documented values', async () => {
    expect(nvidiaSmiArguments).toEqual([`--query-gpu=${query}`, '--format=csv,noheader,nounits'])
    const calls: unknown[] = []
    await inspectMachine({
      run: async (...call) => {
        calls.push(call)
        return outputs.h100!
      },
      describeMachine: async () => machine,
      clock: () => 1,
      machineId,
    })
    expect(calls).toEqual([['nvidia-smi', nvidiaSmiArguments]])
  })

  test('a machine gives one report, its GPU with every value', async () => {
    const { report, notices } = await inspect(async () => outputs.h100!)
    expect(notices).toEqual([])
    expect(report).toMatchObject({ type: 'inspection/1', inspectedAt: 1_800_000_000, machineId, ...machine })
    expect(report.gpus).toEqual([
      {
        member: '6f1c9d52-8c1e-4f0a-9b7d-2a5e8c3f4b11',
        serial: '1654922009586',
        name: 'NVIDIA H100 80GB HBM3',
        pciBusId: '00000000:19:00.0',
        vbiosVersion: '96.00.74.00.01',
        driverVersion: '550.90.07',
        computeCapability: 90,
        memoryMiB: 81559,
        powerLimitW: 700,
        powerDrawW: 69.51,
        smClockMHz: 345,
        pcieGeneration: 5,
        pcieWidth: 16,
        mig: 'disabled',
      },
    ])
    expect(zInspectionReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
    expect(deviceOfReport(report)).toBe(machineDevice(machineId))
  })

  test('two GPUs are two members of one machine', async () => {
    const { report } = await inspect(async () => outputs.twoCards!)
    expect(new Set(report.gpus.map(({ member }) => member)).size).toBe(2)
  })

  test('[N/A] and [Not Supported] become null', () => {
    expect(gpu('unified')).toMatchObject({ serial: null, memoryMiB: null, powerLimitW: null, mig: null })
    expect(gpu('windows')).toMatchObject({ serial: null, powerLimitW: null, memoryMiB: 8188 })
  })

  test.each([
    ['a missing program', noDriver, []],
    ['a driver without GPUs', async () => outputs.none!, []],
    [
      'a broken driver',
      () => Promise.reject(Object.assign(new Error('Command failed'), { code: 9, stdout: 'NVIDIA-SMI has failed\n' })),
      ['nvidia-smi failed, so no GPU is reported: NVIDIA-SMI has failed'],
    ],
  ])('%s leaves a machine, whose RAM is RAM', async (_case, run, notices) => {
    const inspection = await inspect(run)
    expect(inspection.notices).toEqual(notices)
    const { report } = inspection
    expect(report).toEqual({ type: 'inspection/1', inspectedAt: 1_800_000_000, machineId, ...machine, gpus: [] })
    expect(hardwareClaims(report)).toEqual([])
    expect(deviceOfReport(report)).toBe(machineDevice(machineId))
    const { claims, sources } = computeClaims(report)
    const values = { ramMiB: '257000', cores: '64', diskGiB: '900', gops: '0', netMbit: '0' }
    expect(nameClaims(COMPUTE, claims)).toMatchObject(values)
    const stated = { ramMiB: 'selfReported', cores: 'selfReported', diskGiB: 'selfReported', virtual: 'selfReported' }
    expect(nameSources(COMPUTE, sources)).toEqual(stated)
  })

  test.each([
    ['a value too few', 'GPU-1, x, y', 'nvidia-smi gave 3 values for a GPU where 14 were asked for'],
    [
      'a unit',
      outputs.h100!.replace('81559', '81559 MiB'),
      'nvidia-smi gave "81559 MiB" for memory.total, which is no number',
    ],
    ['no UUID', outputs.h100!.replace('GPU-6f1c9d52', 'GPU-nonsense'), 'is not the UUID of a GPU or a MIG slice'],
    ['an unknown MIG mode', outputs.h100!.replace('Disabled', 'Perhaps'), /nvidia-smi gave an unusable mig: /],
    ['free text', 'NVIDIA-SMI version 550', 'nvidia-smi gave 1 values for a GPU where 14 were asked for'],
  ])('a line with %s becomes a notice, and the others count', (_case, line, reason) => {
    const { gpus, notices } = parseNvidiaSmi(`${line.trim()}\n${outputs.a100 ?? outputs.windows!}`)
    expect(notices).toHaveLength(1)
    expect(notices[0]).toMatch(reason)
    expect(gpus.length).toBeGreaterThan(0)
  })

  test('a UUID that stands there twice counts once', () => {
    const { gpus, notices } = parseNvidiaSmi(`${outputs.h100!.trim()}\n${outputs.h100!.trim()}`)
    expect(gpus).toHaveLength(1)
    expect(notices[0]).toContain('the UUID stands there twice')
  })
})

describe('claims from an inspection', () => {
  test('GPUs of one model get one set of self-reported claims, of the weakest one’s values', () => {
    const model = BigInt(matchModel('H100', 81559)!.id)
    const weaker = h100({ member: '6f1c9d52-8c1e-4f0a-9b7d-000000000002', powerLimitW: 350, memoryMiB: 80_000 })
    const [claims, ...others] = hardwareClaims(rig(h100(), weaker))
    expect(others).toEqual([])
    expect(claims!.members).toEqual([weaker.member, h100().member].sort())
    expect(claims!.claims).toEqual([model, 80_000n, 0n, 0n, 2n, 90n, 350n, 257_000n])
    expect(new Set(claims!.sources)).toEqual(new Set([0, 1]))
    expect(roundClaims(HARDWARE, claims!.claims)).toEqual([model, 79_872n, 0n, 0n, 2n, 90n, 350n, 256_000n])
  })

  test('GPUs of two models get two sets, an unknown model the id 0', () => {
    const other = h100({ member: '6f1c9d52-8c1e-4f0a-9b7d-000000000002', name: 'NVIDIA Graphics Device' })
    expect(hardwareClaims(rig(h100(), other)).map(({ model }) => model)).toEqual([expect.any(BigInt), 0n])
  })

  test('what the driver does not tell is left unused', () => {
    const [claims] = hardwareClaims(rig(gpu('unified')))
    expect(nameSources(HARDWARE, claims!.sources)).not.toHaveProperty('vramMiB')
  })

  test('a GPU divided into slices can not be claimed whole, and hides no other', () => {
    const { accepted, rejected } = judgeGpus([gpu('mig'), h100()])
    expect(accepted).toEqual([h100()])
    expect(rejected.map(({ error }) => [error.code, error.message])).toEqual([
      ['evidenceRejected', "NVIDIA A100-SXM4-40GB is divided into slices (MIG), so it can't be claimed whole"],
    ])
  })

  test('a passed challenge states throughput as measured, and nothing else', () => {
    const { claims, sources } = computeClaims(rig(), 1_234_000)
    expect(nameClaims(COMPUTE, claims).gops).toBe('1234')
    const measured = Object.entries(nameSources(COMPUTE, sources)).filter(([, source]) => source === 'measured')
    expect(measured).toEqual([['gops', 'measured']])
  })
})

describe('checking against the catalogue', () => {
  const refusal = (message: string) => expect.objectContaining({ code: 'catalogueContradiction', message })

  test.each([
    [
      'an H100 with 24 GiB',
      { memoryMiB: 24_564 },
      '"NVIDIA H100 80GB HBM3" is the catalogue\'s H100, but it reports 24564 MiB of memory and is sold with 80 or 94 GiB',
    ],
    [
      'an H100 of Ada capability',
      { computeCapability: 89 },
      '"NVIDIA H100 80GB HBM3" is the catalogue\'s H100, but it reports compute capability 8.9 and the model has 9',
    ],
    [
      'an H100 with the power of three',
      { powerLimitW: 2100 },
      '"NVIDIA H100 80GB HBM3" is the catalogue\'s H100, but it reports a power limit of 2100 W and the model is made for 700 W',
    ],
  ])('%s is refused with the reason', (_case, changes, message) => {
    expect(() => checkAgainstCatalogue(h100(changes))).toThrow(refusal(message))
    expect(hardwareClaims(rig(h100(changes)))).toEqual([])
    expect(judgeGpus([h100(changes)]).rejected.map(({ error }) => error)).toEqual([refusal(message)])
  })

  test.each([
    [73_728, true],
    [73_727, false],
    [97_218, true],
    [97_219, false],
  ])('an H100 with %i MiB: %s', (memoryMiB, accepted) => {
    const check = () => checkAgainstCatalogue(h100({ memoryMiB }))
    if (accepted) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ code: 'catalogueContradiction' }))
  })

  test('an unknown model contradicts nothing', () => {
    expect(() => checkAgainstCatalogue(h100({ name: 'NVIDIA A10G', memoryMiB: 23_028 }))).not.toThrow()
  })
})
