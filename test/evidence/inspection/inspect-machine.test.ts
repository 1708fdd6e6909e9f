import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  checkAgainstCatalogue,
  claimsFromInspection,
  describeMachine,
  deviceOfReport,
  type GpuInspection,
  inspectMachine,
  matchModel,
  nvidiaSmiArguments,
  parseNvidiaSmi,
  runCommand,
  schemaOfReport,
  withMeasuredThroughput,
  zInspectionReport,
} from '../../../src/evidence/index.ts'
import { COMPUTE, gpuDevice, HARDWARE, machineDevice, roundClaims } from '../../../src/protocol/index.ts'

const { outputs, query } = JSON.parse(
  readFileSync(new URL('../../vectors/nvidia-smi.json', import.meta.url), 'utf8'),
) as { outputs: Record<string, string>; query: string }

const machineId = '00112233445566778899aabbccddeeff'
const machine = { cpuBrand: 'AMD EPYC 7763', cores: 64, ramMiB: 257_000 }
const noDriver = () => Promise.reject(Object.assign(new Error('spawn nvidia-smi ENOENT'), { code: 'ENOENT' }))
const inspect = (run: () => Promise<string>) =>
  inspectMachine({ run, describeMachine: async () => machine, clock: () => 1_800_000_000, machineId })
const gpu = (output: string) => parseNvidiaSmi(outputs[output]!, 1_800_000_000)[0]!
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
      describeMachine,
      clock: () => 1,
      machineId,
    })
    expect(calls).toEqual([['nvidia-smi', nvidiaSmiArguments]])
  })

  test('one GPU gives one report with every value', async () => {
    const { reports, notice } = await inspect(async () => outputs.h100!)
    expect(notice).toBeNull()
    expect(reports).toEqual([
      {
        type: 'inspection/1',
        kind: 'gpu',
        inspectedAt: 1_800_000_000,
        uuid: 'GPU-6f1c9d52-8c1e-4f0a-9b7d-2a5e8c3f4b11',
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
    expect(zInspectionReport.parse(JSON.parse(JSON.stringify(reports[0])))).toEqual(reports[0])
    expect(deviceOfReport(reports[0])).toBe(gpuDevice('6f1c9d52-8c1e-4f0a-9b7d-2a5e8c3f4b11'))
  })

  test('two GPUs give two reports for two devices', async () => {
    const { reports } = await inspect(async () => outputs.twoCards!)
    expect(new Set(reports.map(deviceOfReport)).size).toBe(2)
  })

  test('[N/A] and [Not Supported] become null', () => {
    expect(gpu('unified')).toMatchObject({ serial: null, memoryMiB: null, powerLimitW: null, mig: null })
    expect(gpu('windows')).toMatchObject({ serial: null, powerLimitW: null, memoryMiB: 8188 })
  })

  test.each([
    ['a missing program', noDriver, null],
    ['a driver without GPUs', async () => outputs.none!, null],
    [
      'a broken driver',
      () => Promise.reject(Object.assign(new Error('Command failed'), { code: 9, stdout: 'NVIDIA-SMI has failed\n' })),
      'nvidia-smi failed, so no GPU is reported: NVIDIA-SMI has failed',
    ],
  ])('%s leaves a machine, whose RAM is RAM', async (_case, run, notice) => {
    const inspection = await inspect(run)
    expect(inspection.notice).toBe(notice)
    expect(inspection.reports).toHaveLength(1)
    const [report] = inspection.reports
    expect(report).toEqual({ type: 'inspection/1', kind: 'machine', inspectedAt: 1_800_000_000, machineId, ...machine })
    expect(schemaOfReport(report)).toBe(COMPUTE)
    expect(deviceOfReport(report)).toBe(machineDevice(machineId))
    expect(claimsFromInspection(report)).toEqual([0n, 257_000n, 0n, 0n, 64n, 0n, 0n, 1n])
  })

  test('this very machine can be inspected', async () => {
    const { reports } = await inspectMachine({
      run: runCommand,
      describeMachine,
      clock: () => 1_800_000_000,
      machineId,
    })
    expect(zInspectionReport.parse(reports[0])).toEqual(reports[0])
  })

  test.each([
    ['a value too few', 'GPU-1, x, y', 'nvidia-smi gave 3 values for a GPU where 14 were asked for'],
    [
      'a unit',
      outputs.h100!.replace('81559', '81559 MiB'),
      'nvidia-smi gave "81559 MiB" for memory.total, which is no number',
    ],
    [
      'no UUID',
      outputs.h100!.replace('GPU-6f1c9d52', 'MIG-6f1c9d52'),
      'nvidia-smi gave an unusable uuid: must be a GPU UUID',
    ],
    ['an unknown MIG mode', outputs.h100!.replace('Disabled', 'Perhaps'), /^nvidia-smi gave an unusable mig: /],
    ['free text', 'NVIDIA-SMI version 550', 'nvidia-smi gave 1 values for a GPU where 14 were asked for'],
  ])('output with %s is malformed', (_case, output, message) => {
    expect(() => parseNvidiaSmi(output, 1)).toThrow(
      expect.objectContaining({
        code: 'malformed',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }),
    )
  })
})

describe('claims from an inspection', () => {
  test('a GPU gets hardware claims of assurance 1, nothing measured, and they round', () => {
    const model = BigInt(matchModel('H100', 81559)!.id)
    const claims = claimsFromInspection(h100())
    expect(schemaOfReport(h100())).toBe(HARDWARE)
    expect(claims).toEqual([model, 81559n, 0n, 0n, 1n, 90n, 700n, 1n])
    expect(roundClaims(HARDWARE, claims)).toEqual([model, 80896n, 0n, 0n, 1n, 90n, 700n, 1n])
  })

  test('what the driver does not tell, and an unknown model, count as 0', () => {
    expect(claimsFromInspection(gpu('unified')).slice(1)).toEqual([0n, 0n, 0n, 1n, 121n, 0n, 1n])
    expect(claimsFromInspection(h100({ name: 'NVIDIA Graphics Device' }))[0]).toBe(0n)
  })

  test('a GPU divided into slices can not be claimed whole', () => {
    expect(() => claimsFromInspection(gpu('mig'))).toThrow(
      expect.objectContaining({
        code: 'evidenceRejected',
        message: "NVIDIA A100-SXM4-40GB is divided into slices (MIG), so it can't be claimed whole",
      }),
    )
  })

  test('a passed challenge sets throughput and assurance 2, and nothing else', () => {
    expect(withMeasuredThroughput([0n, 8n, 0n, 0n, 4n, 0n, 0n, 1n], 1234)).toEqual([0n, 8n, 1234n, 0n, 4n, 0n, 0n, 2n])
    expect(withMeasuredThroughput([0n, 8n, 0n, 0n, 4n, 0n, 0n, 3n], 1234)[7]).toBe(3n)
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
    expect(() => claimsFromInspection(h100(changes))).toThrow(refusal(message))
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
