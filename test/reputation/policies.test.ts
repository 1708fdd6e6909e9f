import { describe, expect, it } from 'vitest'
import {
  COMPUTE,
  failingClaim,
  HARDWARE,
  type PolicyJson,
  statedClaims,
  UPTIME,
  zPolicy,
} from '../../src/protocol/index.ts'
import {
  type AcceptedPresentation,
  applyLedgerEntry,
  CONSTANTS,
  emptyState,
  entriesFromPresentation,
  type HardwareProposal,
  type JoinProposal,
  joinEpochOf,
  type LedgerEntry,
  type Proposal,
  proposedRequest,
  readAcceptedPolicy,
  scoreAt,
  type UptimeProposal,
  zHardwareProposal,
  zLedgerEntry,
  zProposal,
} from '../../src/reputation/index.ts'
import { atHorizon, settings } from './ledgers.ts'

const F = 1015
const measured = { source: 'measured' as const }
const day = { epoch: F + 18, rungMicro: 999_000 } satisfies UptimeProposal
const gpu: HardwareProposal = { schema: HARDWARE, ranges: { gops: measured } }
const joinNow: JoinProposal = { joinEpoch: F + 18, inheritedSilence: 0 }
const week = {
  marketplace: 'render.example',
  week: 147,
  firstWeek: 145,
  counts: { completed: 40, failed: 1, disputed: 0, ratingSum: 46, ratingCount: 10 },
}

const acceptance: AcceptedPresentation = {
  id: 'p1',
  purpose: 'reputation/uptime',
  acceptedAt: (F + 20) * settings.epochSeconds,
  provedAt: (F + 20) * settings.epochSeconds - 5,
  capabilityLifetime: 1000,
  clockConfirmed: true,
}

const refusal = (code: string, message: string) => expect.objectContaining({ code, message })
const notAccepted = refusal('policyNotAccepted', 'The policy is not one that the reputation service signs.')

function proved(policies: readonly PolicyJson[], device = 77n) {
  return policies.map((policy) => ({ policy: zPolicy.parse(policy), devicePseudonym: device }))
}

/** What the service's ledger gains from a proposal whose proofs verified. */
function accepted(
  proposal: Proposal,
  state = emptyState(settings),
  how: Partial<AcceptedPresentation> = {},
): LedgerEntry[] {
  const { policies, purpose } = proposedRequest(zProposal.parse(proposal))
  return entriesFromPresentation(state, proved(policies), { ...acceptance, purpose, ...how })
}

const uptimeProposal = (uptime: UptimeProposal = day, join?: JoinProposal): Proposal => {
  return { kind: 'uptime', hardware: gpu, uptime, ...(join === undefined ? {} : { join }) }
}

describe('the policies that the reputation service signs', () => {
  it('uptime: the epoch pinned, the rung as a lower bound, measured; the hardware measured too', () => {
    expect(proposedRequest(uptimeProposal())).toEqual({
      purpose: 'reputation/uptime',
      policies: [
        { schema: HARDWARE, claims: { gops: measured } },
        {
          schema: UPTIME,
          claims: { epoch: { min: '1033', max: '1033', ...measured }, uptimeMicro: { min: '999000', ...measured } },
        },
      ],
      replay: { key: 'devicePseudonym', period: 'epoch/1033' },
      sameDevice: true,
    })
  })

  it('joining: the purpose says with which epoch, and a first device bounds the silence that it inherits', () => {
    const first = proposedRequest(uptimeProposal(day, { joinEpoch: 1032, inheritedSilence: 30 }))
    expect(first.purpose).toBe('reputation/join/1032')
    expect(joinEpochOf(first.purpose)).toBe(1032)
    expect(first.policies[1]!.claims).toMatchObject({ inheritedSilence: { max: '30', ...measured } })
    const later = proposedRequest(uptimeProposal(day, { joinEpoch: 1036 }))
    expect(later.policies).toEqual(proposedRequest(uptimeProposal()).policies)
    for (const purpose of [
      'reputation/uptime',
      'reputation/join/',
      'reputation/join/07',
      'reputation/join/99999999999',
    ]) {
      expect(joinEpochOf(purpose)).toBeUndefined()
    }
  })

  it('every rung is met by a share on it, and by none just below', () => {
    for (const rungMicro of CONSTANTS.rungsMicro) {
      const [, policy] = proposedRequest(uptimeProposal({ ...day, rungMicro })).policies
      const stated = (micro: number) => {
        const value = (number: number) => ({ value: BigInt(number), ...measured })
        return statedClaims(UPTIME, { epoch: value(1033), uptimeMicro: value(micro) })
      }
      expect(failingClaim(zPolicy.parse(policy), stated(rungMicro))).toBeUndefined()
      expect(failingClaim(zPolicy.parse(policy), stated(rungMicro - 100))).toEqual({
        claim: 'uptimeMicro',
        misses: 'range',
      })
    }
  })

  it('hardware that is not measured meets none of them', () => {
    const [policy] = proposedRequest(uptimeProposal()).policies
    const stated = statedClaims(HARDWARE, { vramMiB: { value: 24_576n, source: 'selfReported' } })
    expect(failingClaim(zPolicy.parse(policy), stated)).toEqual({ claim: 'gops', misses: 'source' })
  })

  it('hardware: capabilities are lower bounds on the grid, and models a list, each with its source', () => {
    const ranges = {
      gops: { min: '38000', source: 'attested' as const },
      vramMiB: { min: '24576', ...measured },
      model: { anyOf: ['3', '9'], source: 'selfReported' as const },
    }
    const { policies, sameDevice } = proposedRequest({ kind: 'hardware', hardware: { schema: HARDWARE, ranges } })
    expect(policies).toEqual([{ schema: HARDWARE, claims: ranges }])
    expect(sameDevice).toBe(false)
    const off = { ...gpu, ranges: { gops: measured, vramMiB: { min: '24000', ...measured } } }
    expect(() => proposedRequest({ kind: 'hardware', hardware: off })).toThrow(
      refusal('policyOffGrid', 'vramMiB lies on multiples of 1024, and the policy asks for 24000'),
    )
  })

  it.each([
    ['an upper bound', { vramMiB: { min: '1024', max: '2048', ...measured } }, 'must be a lower bound above 0'],
    ['a bound that says nothing', { vramMiB: { min: '0', ...measured } }, 'must be a lower bound above 0'],
    ['a capability without a bound', { vramMiB: measured }, 'must be a lower bound above 0'],
    ['a bound on gops that says nothing', { gops: { min: '0', ...measured } }, 'must be a lower bound above 0'],
    ['self-reported throughput', { gops: { source: 'selfReported' as const } }, 'must be measured or attested'],
    [
      'an unordered list',
      { model: { anyOf: ['9', '3'], source: 'selfReported' as const } },
      'must be anyOf, ascending',
    ],
    [
      'a source that no claim of that name has',
      { powerLimitW: { min: '10', ...measured } },
      'can only be selfReported',
    ],
    ['an unknown claim', { colour: { min: '1', ...measured } }, 'the schema has no such capability'],
  ])('hardware: refuses %s', (_, named, message) => {
    const ranges = { gops: measured, ...named }
    const parsed = zProposal.safeParse({ kind: 'hardware', hardware: { schema: HARDWARE, ranges } })
    expect(parsed.error?.issues.map((issue) => issue.message)).toEqual([message])
  })

  it('hardware: names how the throughput was obtained; without ranges it is measured', () => {
    expect(zHardwareProposal.parse({ schema: HARDWARE })).toEqual(gpu)
    const parsed = zHardwareProposal.safeParse({ schema: HARDWARE, ranges: { vramMiB: { min: '1024', ...measured } } })
    expect(parsed.error?.issues.map((issue) => issue.message)).toEqual(['must name gops'])
    const sourceless = zHardwareProposal.safeParse({ schema: HARDWARE, ranges: { gops: { min: '100' } } })
    expect(sourceless.error?.issues.map(({ path }) => path.join('.'))).toEqual(['ranges.gops.source'])
  })

  it('jobs: every counter pinned; ratings may stay unproved', () => {
    const request = proposedRequest({ kind: 'jobs', jobs: week })
    expect(request.replay).toEqual({ key: 'devicePseudonym', period: 'week/147' })
    expect(request.policies[0]!.claims).toMatchObject({
      epoch: { min: '147', max: '147', ...measured },
      completed: { min: '40', max: '40', ...measured },
      ratingSum: { min: '46', max: '46', ...measured },
      firstEpoch: { min: '145', ...measured },
    })
    const unproved = { ...week, counts: { ...week.counts, ratingSum: null } }
    expect(proposedRequest({ kind: 'jobs', jobs: unproved }).policies[0]!.claims).not.toHaveProperty('ratingSum')
  })

  it.each([
    ['a share between two rungs', { ...uptimeProposal(), uptime: { ...day, rungMicro: 999_100 } }, 'must be a rung'],
    [
      'another inherited silence than 0 or 30',
      { ...uptimeProposal(), join: { joinEpoch: F, inheritedSilence: 7 } },
      'Invalid input',
    ],
    ['a first epoch', { ...uptimeProposal(), uptime: { ...day, firstEpoch: F } }, 'Unrecognized key: "firstEpoch"'],
    [
      'more than five stars',
      { kind: 'jobs', jobs: { ...week, counts: { ...week.counts, ratingSum: 51 } } },
      'ratingSum must not exceed five stars a rating',
    ],
    [
      'a first week after the week',
      { kind: 'jobs', jobs: { ...week, firstWeek: 148 } },
      'firstWeek must not lie after week',
    ],
  ])('proposals with %s are refused', (_, proposal, message) => {
    expect(zProposal.safeParse(proposal).error?.issues.map((issue) => issue.message)).toEqual([message])
  })

  it('reads each of its own policies back', () => {
    const compute: HardwareProposal = {
      schema: COMPUTE,
      ranges: { gops: measured, ramMiB: { min: '1024', source: 'selfReported' } },
    }
    const proposals: Proposal[] = [
      uptimeProposal(),
      uptimeProposal(day, joinNow),
      { kind: 'hardware', hardware: compute },
      { kind: 'jobs', jobs: week },
      { kind: 'jobs', jobs: { ...week, counts: { ...week.counts, ratingSum: null } } },
    ]
    const read = proposals.flatMap((proposal) =>
      proposedRequest(proposal).policies.map((policy) => readAcceptedPolicy(zPolicy.parse(policy))),
    )
    expect(read).toEqual([
      { kind: 'hardware', ...gpu },
      { kind: 'uptime', ...day },
      { kind: 'hardware', ...gpu },
      { kind: 'uptime', ...day, inheritedSilence: 0 },
      { kind: 'hardware', ...compute },
      { kind: 'jobs', ...week },
      { kind: 'jobs', ...week, counts: { ...week.counts, ratingSum: null } },
    ])
  })

  const uptimeClaims = proposedRequest(uptimeProposal()).policies[1]!.claims
  const jobsClaims = proposedRequest({ kind: 'jobs', jobs: week }).policies[0]!.claims
  it.each<[string, PolicyJson]>([
    [
      'an epoch that is not pinned',
      { schema: UPTIME, claims: { ...uptimeClaims, epoch: { min: '1033', ...measured } } },
    ],
    ['no rung', { schema: UPTIME, claims: { epoch: uptimeClaims.epoch! } }],
    ['one claim more', { schema: UPTIME, claims: { ...uptimeClaims, monitors: { min: '1', ...measured } } }],
    [
      'another inherited silence',
      { schema: UPTIME, claims: { ...uptimeClaims, inheritedSilence: { max: '29', ...measured } } },
    ],
    ['hardware without its throughput', { schema: HARDWARE, claims: { vramMiB: { min: '1024', ...measured } } }],
    ['hardware of any kind', { schema: HARDWARE, claims: {} }],
    ['a score', { schema: 'urn:assay:schema:reputation:1', claims: { score: { min: '800', ...measured } } }],
    [
      'jobs of any number',
      { schema: 'urn:assay:schema:jobs:1:render.example', claims: { completed: { min: '5', ...measured } } },
    ],
    [
      'self-reported jobs',
      {
        schema: 'urn:assay:schema:jobs:1:render.example',
        claims: { ...jobsClaims, failed: { ...jobsClaims.failed!, source: 'selfReported' } },
      },
    ],
  ])('does not accept %s', (_, policy) => {
    expect(() => readAcceptedPolicy(zPolicy.parse(policy))).toThrow(notAccepted)
  })
})

describe('ledger entries from a verified presentation', () => {
  const at = (epoch: number) => epoch * settings.epochSeconds

  it('a new device joins, with its capability and its first proof, and scores above 0 in time', () => {
    const state = emptyState(settings)
    const entries = accepted(uptimeProposal(day, joinNow), state)
    const common = { acceptedAt: acceptance.acceptedAt, devicePseudonym: '77' }
    expect(entries.map((entry) => zLedgerEntry.parse(entry))).toEqual([
      {
        kind: 'hardware',
        entryId: 'p1/0',
        ...common,
        ...gpu,
        provedAt: acceptance.provedAt,
        expires: acceptance.provedAt + 1000,
      },
      { kind: 'join', entryId: 'p1/1/join', ...common, ...joinNow },
      { kind: 'uptime', entryId: 'p1/1', ...common, ...day, uptimeSource: 'measured', gopsSource: 'measured' },
    ])
    for (const entry of entries) applyLedgerEntry(state, entry)
    expect(scoreAt(state, atHorizon(day.epoch)).upHours).toBeGreaterThan(20)
    const again = accepted(uptimeProposal({ ...day, epoch: F + 19 }), state, { id: 'p2' })
    expect(again.map((entry) => entry.kind)).toEqual(['hardware', 'uptime'])
    // an answer was lost, and the wallet joins once more
    expect(accepted(uptimeProposal({ ...day, epoch: F + 19 }, joinNow), state, { id: 'p3' })).toHaveLength(2)
  })

  it('the uptime with which a device joins is not entered where it lies before its joining', () => {
    const state = emptyState(settings)
    const first = accepted(uptimeProposal(day, { joinEpoch: F + 20, inheritedSilence: 30 }), state)
    expect(first.map(({ kind }) => kind)).toEqual(['hardware', 'join'])
    expect(first[1]).toMatchObject({ joinEpoch: F + 20, inheritedSilence: 30 })
    for (const entry of first) applyLedgerEntry(state, entry)
    const { policies, purpose } = proposedRequest(uptimeProposal(day, { joinEpoch: F + 21 }))
    const later = entriesFromPresentation(state, proved(policies, 78n), { ...acceptance, purpose, id: 'p2' })
    expect(later.map(({ kind }) => kind)).toEqual(['hardware', 'join'])
    expect(later[1]).toMatchObject({ joinEpoch: F + 21, inheritedSilence: 0 })
  })

  it.each<[string, JoinProposal | undefined, object]>([
    ['does not say how it joins', undefined, { earliest: F + 17, latest: F + 20 }],
    ['says not how much silence it inherits', { joinEpoch: F + 20 }, { earliest: F + 17, latest: F + 20 }],
    ['joins before the past', { joinEpoch: F + 16, inheritedSilence: 0 }, { earliest: F + 17, latest: F + 20 }],
    ['joins with an epoch to come', { joinEpoch: F + 21, inheritedSilence: 0 }, { earliest: F + 17, latest: F + 20 }],
  ])('refuses a first device that %s', (_, join, detail) => {
    expect(() => accepted(uptimeProposal(day, join))).toThrow(expect.objectContaining({ code: 'joinInvalid', detail }))
  })

  it('refuses a later device that joins with another epoch than the next', () => {
    const state = emptyState(settings)
    for (const entry of accepted(uptimeProposal(day, joinNow), state)) applyLedgerEntry(state, entry)
    for (const joinEpoch of [F + 17, F + 19, F + 20, F + 22]) {
      const { policies, purpose } = proposedRequest(uptimeProposal(day, { joinEpoch, inheritedSilence: 0 }))
      const joining = () => entriesFromPresentation(state, proved(policies, 78n), { ...acceptance, purpose, id: 'p2' })
      expect(joining).toThrow(
        expect.objectContaining({
          code: 'joinInvalid',
          message: 'A device can join only with the epochs that its first presentation allows.',
          detail: { earliest: F + 21, latest: F + 21 },
        }),
      )
    }
  })

  it('no device joins while the clock is not confirmed, and those that joined go on', () => {
    const state = emptyState(settings)
    expect(() => accepted(uptimeProposal(day, joinNow), state, { clockConfirmed: false })).toThrow(
      refusal('registryStale', "No device joins while the service's clock and the newest root's differ"),
    )
    for (const entry of accepted(uptimeProposal(day, joinNow), state)) applyLedgerEntry(state, entry)
    expect(
      accepted(uptimeProposal({ ...day, epoch: F + 19 }), state, { clockConfirmed: false, id: 'p2' }),
    ).toHaveLength(2)
  })

  it('refuses another joining, an epoch before it, an open epoch, a device that had retired', () => {
    const state = emptyState(settings)
    for (const entry of accepted(uptimeProposal(day, joinNow), state)) applyLedgerEntry(state, entry)
    for (const join of [
      { joinEpoch: F + 17, inheritedSilence: 0 },
      { ...joinNow, inheritedSilence: 30 },
    ] as const) {
      expect(() => accepted(uptimeProposal(day, join), state)).toThrow(
        expect.objectContaining({
          code: 'firstEpochFixed',
          message: 'The first epoch of a device is fixed at its first presentation.',
          detail: joinNow,
        }),
      )
    }
    expect(() => accepted(uptimeProposal({ ...day, epoch: F + 17 }), state)).toThrow(
      expect.objectContaining({
        code: 'epochBeforeJoin',
        message: 'The epoch lies before the one with which the device joined.',
        detail: { joinEpoch: F + 18 },
      }),
    )
    expect(() => accepted(uptimeProposal({ ...day, epoch: F + 20 }), state)).toThrow(
      refusal('epochOpen', 'The epoch has not closed yet.'),
    )
    const { policies, purpose } = proposedRequest(uptimeProposal(day, { joinEpoch: F + 21 }))
    const other = entriesFromPresentation(state, proved(policies, 78n), { ...acceptance, purpose, id: 'p2' })
    for (const entry of other) applyLedgerEntry(state, entry)
    const acceptedAt = acceptance.acceptedAt + 1
    applyLedgerEntry(state, { kind: 'retire', entryId: 'r', acceptedAt, devicePseudonym: '77', from: F + 27 })
    const later = { acceptedAt: at(F + 40), id: 'p3' }
    expect(accepted(uptimeProposal({ ...day, epoch: F + 26 }), state, later)).toHaveLength(2)
    expect(() => accepted(uptimeProposal({ ...day, epoch: F + 27 }), state, later)).toThrow(
      refusal('conflict', 'The device had retired by that epoch'),
    )
  })

  it('uptime without the hardware of the same device is not accepted', () => {
    const { policies } = proposedRequest(uptimeProposal())
    const [hardware, uptime] = [proved([policies[0]!], 5n), proved([policies[1]!], 6n)]
    expect(() => entriesFromPresentation(emptyState(settings), [...hardware, ...uptime], acceptance)).toThrow(
      refusal('policyNotAccepted', "Uptime counts only beside a proof of the same device's hardware"),
    )
  })

  it('jobs come in week order, cumulative, with one first week', () => {
    const state = emptyState(settings)
    const how = { acceptedAt: atHorizon(148 * 7), provedAt: 0 }
    const jobs = (changes: object, counts: object = {}): Proposal => {
      return { kind: 'jobs', jobs: { ...week, ...changes, counts: { ...week.counts, ...counts } } }
    }
    const [entry] = accepted(jobs({}, { ratingSum: null }), state, how)
    expect(zLedgerEntry.parse(entry)).toMatchObject({ week: 147, completed: 40, ratingSum: 0, ratingCount: 10 })
    expect(() => accepted(jobs({ week: 148 }), state, how)).toThrow(refusal('epochOpen', 'The week has not closed yet'))
    applyLedgerEntry(state, entry!)
    const later = { acceptedAt: atHorizon(150 * 7), provedAt: 0 }
    const stale = refusal('sequenceStale', 'Week 147 of this marketplace has been accepted already')
    expect(() => accepted(jobs({}), state, later)).toThrow(stale)
    expect(() => applyLedgerEntry(state, { ...entry!, entryId: 'again' } as LedgerEntry)).toThrow(stale)
    expect(() => accepted(jobs({ week: 148, firstWeek: 146 }), state, later)).toThrow(
      refusal('firstEpochFixed', 'The first week of a marketplace is fixed'),
    )
    expect(() => accepted(jobs({ week: 148 }, { failed: 0 }), state, later)).toThrow(
      refusal('conflict', "The counter failed is cumulative and can't fall"),
    )
    expect(accepted(jobs({ week: 148 }, { completed: 60 }), state, later)).toMatchObject([{ completed: 60 }])
  })
})
