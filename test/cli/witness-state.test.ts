import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Voice } from '../../src/cli/run-action.ts'
import { createVoice } from '../../src/cli/run-action.ts'
import { readOrMakeWitnessKeys, readWitnessKeys } from '../../src/cli/witness-keys.ts'
import { createWitnessReport, type Started } from '../../src/cli/witness-report.ts'
import { withWitnessState } from '../../src/cli/witness-state.ts'
import { AssayError } from '../../src/protocol/index.ts'
import { assertWitnessed, registryId, zGenesis } from '../../src/registry/index.ts'
import { genesis, id, makeRoot, makeWitness, NUMBER, resolveKeys, witnesses } from '../registry/world.ts'

let folder: string
const path = (name: string) => join(folder, name)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-witness-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('keys of a witness', () => {
  it('are made once, for their owner alone, and sign as the names say', async () => {
    const { witness, isNew } = await readOrMakeWitnessKeys(path('key'))
    expect(isNew).toBe(true)
    expect((await stat(path('key'))).mode & 0o777).toBe(0o600)
    const before = await readFile(path('key'), 'utf8')
    const again = await readOrMakeWitnessKeys(path('key'))
    const { did, address } = witness
    expect(again).toMatchObject({ isNew: false, witness: { did, address } })
    expect(await readFile(path('key'), 'utf8')).toBe(before)
    expect(await readdir(folder)).toEqual(['key'])
    const of = zGenesis.parse({ ...genesis, witnesses: [{ did, address }], witnessThreshold: 1 })
    const statement = await makeRoot(NUMBER, 7, { registryId: registryId(of), signers: [again.witness] })
    await assertWitnessed(statement, of, resolveKeys)
  })

  it('are refused where the file holds something else, without its content', async () => {
    const wrong = { type: 'AssayWitnessKeys', version: 1, didKey: '1'.repeat(64), accountKey: '0'.repeat(64) }
    for (const text of [JSON.stringify(wrong), '1'.repeat(64)]) {
      await writeFile(path('key'), text)
      const message = await readWitnessKeys(path('key')).catch((error: Error) => error.message)
      expect(message).toContain('does not hold a witness key')
      expect(message).not.toContain('1'.repeat(64))
    }
  })
})

describe("a witness's state", () => {
  const [witness] = witnesses
  const readGenesis = async () => genesis
  const open = (change: Partial<Parameters<typeof withWitnessState>[1]> = {}, name = 'state') => {
    const options = { witness: witness!, readGenesis, ...change }
    return withWitnessState(path(name), options, async ({ pin, registry, firstNumber }) => {
      const inside = await withWitnessState(path(name), options, async () => 'two at once').catch((error) => error)
      return { pin, registryId: registry.registryId, firstNumber, inside }
    })
  }

  it('pins the first registry, needs no service later, is for one process, and for one witness', async () => {
    const first = await open()
    expect(first).toMatchObject({ pin: 'service', registryId: id, inside: { code: 'folderInUse' } })
    const away = async () => Promise.reject(new AssayError('unavailable'))
    const { firstNumber } = await open({ readGenesis: away, registryId: id })
    expect(firstNumber).toBe(first.firstNumber)
    expect(await open({ readGenesis: async () => ({ ...genesis, createdAt: 1 }) })).toMatchObject({ registryId: id })
    await expect(open({ registryId: 'A'.repeat(43) })).rejects.toMatchObject({ code: 'registryInvalid' })
    await expect(open({ witness: makeWitness('stranger') })).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('is not made for a registry that is not the pinned one, or does not name the witness', async () => {
    await expect(open({ registryId: 'A'.repeat(43) })).rejects.toMatchObject({ code: 'registryInvalid' })
    const stranger = { ...makeWitness('stranger'), did: witness!.did }
    await expect(open({ witness: stranger })).rejects.toMatchObject({ code: 'unauthorized' })
    expect(await readdir(folder)).toEqual([])
  })
})

describe('what a running witness tells', () => {
  const written = vi.fn()
  const voiceOf = (): Voice => ({ ...createVoice(false), say: written, note: written })
  const lines = () => written.mock.calls.map(([line]) => line as string)
  beforeEach(() => written.mockClear())
  const started: Started = {
    ...{ did: witnesses[0]!.did, address: witnesses[0]!.address, url: 'http://127.0.0.1:1', registryId: id },
    ...{ pin: 'service', genesis, firstNumber: NUMBER, clockConfirmed: false },
  }

  it('is a line a root, after what it pinned and from when on it signs', async () => {
    const report = createWitnessReport(voiceOf())
    report.started(started)
    report.signed(await makeRoot(NUMBER, 7))
    expect(lines().filter((line) => line.includes('THIS REGISTRY ID IS PINNED'))).toHaveLength(1)
    expect(lines()).toContain(`The state is new, so it signs from root ${NUMBER} on (${'2027-01-15 08:00:00'} UTC).`)
    expect(lines().at(-1)).toBe(`Root ${NUMBER} signed: 7; it has 2 of the 2 signatures that it needs`)
  })

  it('says once what it refuses and that the service is away, and again after something else', async () => {
    const report = createWitnessReport(voiceOf())
    const jump = new AssayError('clockJumped')
    for (const _ of [1, 2]) report.refused(jump)
    expect(lines()).toEqual([
      'NOT SIGNED (clockJumped): The clock of the witness moved further than its running time allows.',
      expect.stringContaining('--confirm-clock'),
    ])
    report.signed(await makeRoot(NUMBER, 7))
    report.refused(jump)
    expect(lines().filter((line) => line.startsWith('NOT SIGNED'))).toHaveLength(2)
    written.mockClear()
    report.back()
    for (const _ of [1, 2]) report.away(new AssayError('unavailable'))
    for (const _ of [1, 2]) report.back()
    expect(lines()).toEqual([expect.stringContaining('It tries again'), 'The service is back.'])
  })
})
