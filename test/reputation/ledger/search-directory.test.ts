import { expect, it } from 'vitest'
import { COMPUTE, endOfStep, HARDWARE } from '../../../src/protocol/index.ts'
import {
  CONSTANTS,
  changeSettings,
  type DirectorySearch,
  declareVoidEpoch,
  fullScore,
  searchDirectory,
  zDirectoryPage,
} from '../../../src/reputation/index.ts'
import { describeOnEachDatabase } from '../../shared/databases.ts'
import {
  EPOCH,
  EPOCH_SECONDS,
  FIRST_JOIN,
  ledgerOn,
  NOW,
  presented,
  record,
  STEP,
  storedLedger,
  type TestLedger,
  uptimeProposal,
} from './world.ts'

async function list(service: TestLedger, pseudonym: bigint, listed = true): Promise<void> {
  await changeSettings(service, { pseudonym: String(pseudonym), session: 'session', change: { listed } })
}

/** A pseudonym whose device joined with `EPOCH - 3`, and was up since then at one rung, as far as it counts. */
async function provider(service: TestLedger, pseudonym: bigint, rung: number): Promise<void> {
  for (const epoch of [EPOCH - 3, EPOCH - 2]) {
    const join = epoch === EPOCH - 3 ? FIRST_JOIN : undefined
    const proposal = uptimeProposal(epoch, join, CONSTANTS.rungsMicro[rung % 8]!)
    await record(service, presented(service, proposal, { pseudonym, device: pseudonym }))
  }
}

async function allPages(service: TestLedger, search: DirectorySearch, between: () => Promise<void> = async () => {}) {
  const items = []
  let cursor: string | null | undefined
  do {
    const page = await searchDirectory(service, { ...search, ...(cursor ? { cursor } : {}) })
    expect(zDirectoryPage.parse(page)).toEqual(page)
    items.push(...page.items)
    cursor = page.next
    if (cursor !== null) await between()
  } while (cursor !== null)
  return items
}

const rangesFrom = (min: string) => ({
  gops: { source: 'measured' as const },
  vramMiB: { min, source: 'measured' as const },
  model: { anyOf: ['3', '4'], source: 'selfReported' as const },
})

/** The `now` of a request made at NOW. */
const PROVED = endOfStep(NOW + 300, STEP)

describeOnEachDatabase('the directory', (open) => {
  it('shows listed pseudonyms by score, page by page, each that stays as it is once', async () => {
    const service = await ledgerOn(await open(), 'directory')
    expect(await searchDirectory(service, {})).toEqual({ items: [], next: null })
    const pseudonyms = Array.from({ length: 16 }, (_, i) => BigInt(10 + 7 * i))
    for (const [i, pseudonym] of pseudonyms.entries()) {
      await provider(service, pseudonym, i)
      if (i !== 5) await list(service, pseudonym)
    }
    const items = await allPages(service, { limit: 4 })
    expect(items.map(({ pseudonym }) => BigInt(pseudonym)).sort((a, b) => Number(a - b))).toEqual(
      pseudonyms.filter((_, i) => i !== 5),
    )
    const order = items.map(({ score, pseudonym }) => [score, BigInt(pseudonym)] as const)
    expect(order).toEqual([...order].sort(([s, p], [u, q]) => u - s || Number(p - q)))
    expect(new Set(items.map(({ score }) => score)).size).toBeGreaterThan(2)
    for (const { pseudonym, score, lower, upper, horizon } of items.slice(0, 3)) {
      const { score: full, lower: low, upper: up } = fullScore(await storedLedger(service, BigInt(pseudonym)), NOW + 5)
      expect({ score, lower, upper, horizon }).toEqual({ score: full, lower: low, upper: up, horizon: EPOCH - 2 })
    }

    // while someone pages, others come, go, and change their score
    const [first, last] = [BigInt(items[0]!.pseudonym), BigInt(items.at(-1)!.pseudonym)]
    let change = 0
    const seen = await allPages(service, { limit: 4 }, async () => {
      change += 1
      if (change === 1) await list(service, first, false)
      if (change === 2) await list(service, pseudonyms[5]!)
      if (change === 3) {
        const proof = presented(service, uptimeProposal(EPOCH - 1, undefined, 999_900), {
          pseudonym: last,
          device: last,
        })
        await record(service, proof)
      }
    })
    const touched = new Set([first, last, pseudonyms[5]!].map(String))
    const untouched = (rows: typeof items) => rows.map((row) => row.pseudonym).filter((p) => !touched.has(p))
    expect(untouched(seen)).toEqual(untouched(items))

    expect(await allPages(service, { minScore: items[4]!.score, limit: 100 })).toEqual(
      (await allPages(service, {})).filter(({ score }) => score >= items[4]!.score),
    )
  })

  it('scores by the present horizon and the present void epochs', async () => {
    const service = await ledgerOn(await open(), 'horizon')
    service.at.now = NOW + 20 * EPOCH_SECONDS
    const later = await searchDirectory(service, { limit: 100 })
    for (const { pseudonym, score, horizon } of later.items) {
      expect(horizon).toBe(EPOCH + 18)
      expect(score).toBe(fullScore(await storedLedger(service, BigInt(pseudonym)), service.at.now).score)
    }
    await declareVoidEpoch(service, { epoch: EPOCH + 3, reason: 'an outage' })
    await declareVoidEpoch(service, { epoch: EPOCH - 9, reason: 'an outage' })
    for (const { pseudonym, score } of (await searchDirectory(service, { limit: 100 })).items) {
      expect(score).toBe(fullScore(await storedLedger(service, BigInt(pseudonym)), service.at.now).score)
    }
  })

  it('finds capabilities by the bound that was proved, while the proof lasts', async () => {
    const service = await ledgerOn(await open(), 'capabilities')
    const owner = { pseudonym: 999n, device: 5n }
    const hardware = (min: string) => ({
      kind: 'hardware' as const,
      hardware: {
        schema: HARDWARE as typeof HARDWARE,
        ranges: rangesFrom(min),
      },
    })
    await record(service, presented(service, hardware('24576'), owner))
    await list(service, 999n)
    const find = async (search: DirectorySearch) => (await searchDirectory(service, search)).items
    expect(await find({ schema: HARDWARE })).toMatchObject([
      {
        pseudonym: '999',
        score: 0,
        lower: 0,
        upper: 1000,
        capabilities: [
          {
            devicePseudonym: '5',
            schema: HARDWARE,
            ranges: rangesFrom('24576'),
            provedAt: PROVED,
            expires: PROVED + 30 * 86_400,
            scored: false,
          },
        ],
      },
    ])
    expect(await find({ schema: HARDWARE, claim: 'vramMiB', min: 24_576n })).toHaveLength(1)
    expect(await find({ schema: HARDWARE, claim: 'vramMiB', min: 24_577n })).toEqual([])
    expect(await find({ schema: HARDWARE, claim: 'memoryMBps' })).toEqual([])
    expect(await find({ schema: HARDWARE, claim: 'model', min: 1n })).toEqual([])
    expect(await find({ schema: HARDWARE, minScore: 1 })).toEqual([])
    expect(await find({ schema: COMPUTE, claim: 'ramMiB', min: 8192n })).not.toContainEqual(
      expect.objectContaining({ pseudonym: '999' }),
    )
    // a newer proof takes its place, an older one does not
    service.at.now = NOW + 10
    await record(service, presented(service, hardware('49152'), owner))
    service.at.now = NOW + 5
    await record(service, presented(service, hardware('8192'), owner))
    expect((await find({ schema: HARDWARE }))[0]!.capabilities[0]!.ranges.vramMiB).toEqual(rangesFrom('49152').vramMiB)
    service.at.now = endOfStep(NOW + 310, STEP) + 30 * 86_400
    expect(await find({ schema: HARDWARE })).toEqual([])
  })

  it('refuses cursors and searches that make no sense', async () => {
    const service = await ledgerOn(await open(), 'malformed')
    const { next } = await searchDirectory(service, { limit: 1 })
    const refused = (search: DirectorySearch, message: string) => {
      return expect(searchDirectory(service, search)).rejects.toMatchObject({ code: 'malformed', message })
    }
    await refused({ cursor: next!, minScore: 1 }, 'The cursor belongs to another search of the directory')
    const unread = 'The cursor is not one that a search of the directory gave'
    await refused({ cursor: 'nonsense' }, unread)
    await refused({ cursor: `${next!.slice(0, -4)}AAAA` }, unread)
    await refused({ cursor: Buffer.from('{"score":5}').toString('base64url') }, unread)
    await refused({ claim: 'vramMiB' }, 'A capability is searched for by schema: claim and min go with one')
    await refused({ schema: HARDWARE, min: 1n }, 'min is a bound on a claim: it goes with one')
    await refused({ schema: HARDWARE, claim: 'cores' }, `${HARDWARE} has no claim named cores`)
  })
})
