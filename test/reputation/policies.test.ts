import { describe, expect, it } from 'vitest'
import { COMPUTE, failingClaim, HARDWARE, type PolicyJson, UPTIME, zPolicy } from '../../src/protocol/index.ts'
import {
  type Acceptance,
  applyEntry,
  CONSTANTS,
  emptyState,
  entriesFromPresentation,
  type LedgerEntry,
  type Proposal,
  proposedRequest,
  readAcceptedPolicy,
  scoreAt,
  type UptimeProposal,
  zLedgerEntry,
  zProposal,
} from '../../src/reputation/index.ts'
import { atHorizon, settings } from './ledgers.ts'

const F = 1015
const day = { epoch: F + 3, rungMicro: 999_000, firstEpoch: F } satisfies UptimeProposal
const gpu = { schema: HARDWARE, assurance: 2, ranges: {} } as const
const week = {
  marketplace: 'render.example',
  week: 147,
  firstWeek: 145,
  counts: { completed: 40, failed: 1, disputed: 0, ratingSum: 46, ratingCount: 10 },
}

const acceptance: Acceptance = {
  id: 'p1',
  acceptedAt: atHorizon(F + 20),
  provedAt: atHorizon(F + 20) - 5,
  capabilityLifetime: 1000,
}

const refusal = (code: string, message: string) => expect.objectContaining({ code, message })
const notAccepted = refusal('policyNotAccepted', 'The policy is not one that the reputation service signs.')

function proved(policies: readonly PolicyJson[], device = 77n) {
  return policies.map((policy) => ({ policy: zPolicy.parse(policy), devicePseudonym: device }))
}

/** What the service's ledger gains from a proposal whose proofs verified. */
function accepted(proposal: Proposal, state = emptyState(settings), how: Partial<Acceptance> = {}): LedgerEntry[] {
  const { policies } = proposedRequest(zProposal.parse(proposal))
  return entriesFromPresentation(state, proved(policies), { ...acceptance, ...how })
}

const uptimeProposal = (uptime: UptimeProposal = day): Proposal => ({ kind: 'uptime', hardware: gpu, uptime })

describe('the policies that the reputation service signs', () => {
  it('uptime: the epoch pinned, the rung and the first epoch as lower bounds, measured at least', () => {
    expect(proposedRequest(uptimeProposal())).toEqual({
      purpose: 'reputation/uptime',
      policies: [
        { schema: HARDWARE, claims: { assurance: { min: '2' } } },
        {
          schema: UPTIME,
          claims: {
            epoch: { min: '1018', max: '1018' },
            uptimeMicro: { min: '999000' },
            firstEpoch: { min: '1015' },
            assurance: { min: '2' },
          },
        },
      ],
      replay: { key: 'devicePseudonym', period: 'epoch/1018' },
      sameDevice: true,
    })
  })

  it('every rung is met by a share on it, and by none just below', () => {
    for (const rungMicro of CONSTANTS.rungsMicro) {
      const [, policy] = proposedRequest(uptimeProposal({ ...day, rungMicro })).policies
      const claims = (micro: number) => [1018n, 0n, 0n, BigInt(micro), 0n, BigInt(F), 1n, 2n]
      expect(failingClaim(zPolicy.parse(policy), claims(rungMicro))).toBeUndefined()
      expect(failingClaim(zPolicy.parse(policy), claims(rungMicro - 100))).toBe('uptimeMicro')
    }
  })

  it('hardware: capabilities are lower bounds on the grid, and models a list', () => {
    const ranges = { vramMiB: { min: '24576' }, model: { anyOf: ['3', '9'] } }
    const { policies, sameDevice } = proposedRequest({ kind: 'hardware', hardware: { ...gpu, assurance: 3, ranges } })
    expect(policies).toEqual([{ schema: HARDWARE, claims: { ...ranges, assurance: { min: '3' } } }])
    expect(sameDevice).toBe(false)
    const off = { ...gpu, ranges: { vramMiB: { min: '24000' } } }
    expect(() => proposedRequest({ kind: 'hardware', hardware: off })).toThrow(
      refusal('policyOffGrid', 'vramMiB lies on a grid of 1024, and the policy asks for 24000'),
    )
  })

  it.each([
    ['an upper bound', { vramMiB: { min: '1024', max: '2048' } }, 'must be a lower bound above 0'],
    ['a bound that says nothing', { vramMiB: { min: '0' } }, 'must be a lower bound above 0'],
    ['an unordered list', { model: { anyOf: ['9', '3'] } }, 'must be anyOf, ascending'],
    ['an unknown claim', { colour: { min: '1' } }, 'the schema has no such capability'],
    ['the assurance as a capability', { assurance: { min: '1' } }, 'the schema has no such capability'],
  ])('hardware: refuses %s', (_, ranges, message) => {
    const parsed = zProposal.safeParse({ kind: 'hardware', hardware: { schema: HARDWARE, ranges } })
    expect(parsed.error?.issues.map((issue) => issue.message)).toEqual([message])
  })

  it('jobs: every counter pinned; ratings may stay unproved', () => {
    const request = proposedRequest({ kind: 'jobs', jobs: week })
    expect(request.replay).toEqual({ key: 'devicePseudonym', period: 'week/147' })
    expect(request.policies[0]!.claims).toMatchObject({
      epoch: { min: '147', max: '147' },
      completed: { min: '40', max: '40' },
      ratingSum: { min: '46', max: '46' },
      firstEpoch: { min: '145' },
    })
    const unproved = { ...week, counts: { ...week.counts, ratingSum: null } }
    expect(proposedRequest({ kind: 'jobs', jobs: unproved }).policies[0]!.claims).not.toHaveProperty('ratingSum')
  })

  it.each([
    ['a share between two rungs', { ...uptimeProposal(), uptime: { ...day, rungMicro: 999_100 } }, 'must be a rung'],
    [
      'a first epoch after the epoch',
      uptimeProposal({ ...day, firstEpoch: F + 4 }),
      'firstEpoch must not lie after epoch',
    ],
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
    const proposals: Proposal[] = [
      uptimeProposal(),
      { kind: 'hardware', hardware: { schema: COMPUTE, assurance: 2, ranges: { ramMiB: { min: '1024' } } } },
      { kind: 'jobs', jobs: week },
      { kind: 'jobs', jobs: { ...week, counts: { ...week.counts, ratingSum: null } } },
    ]
    const read = proposals.flatMap((proposal) =>
      proposedRequest(proposal).policies.map((policy) => readAcceptedPolicy(zPolicy.parse(policy))),
    )
    expect(read).toEqual([
      { kind: 'hardware', ...gpu },
      { kind: 'uptime', ...day },
      { kind: 'hardware', schema: COMPUTE, assurance: 2, ranges: { ramMiB: { min: '1024' } } },
      { kind: 'jobs', ...week },
      { kind: 'jobs', ...week, counts: { ...week.counts, ratingSum: null } },
    ])
  })

  const uptimeClaims = proposedRequest(uptimeProposal()).policies[1]!.claims
  it.each<[string, PolicyJson]>([
    ['self-reported uptime', { schema: UPTIME, claims: { ...uptimeClaims, assurance: { min: '1' } } }],
    ['an epoch that is not pinned', { schema: UPTIME, claims: { ...uptimeClaims, epoch: { min: '1018' } } }],
    ['no first epoch', { schema: UPTIME, claims: { epoch: uptimeClaims.epoch!, uptimeMicro: { min: '999000' } } }],
    ['one claim more', { schema: UPTIME, claims: { ...uptimeClaims, monitors: { min: '1' } } }],
    ['self-reported hardware', { schema: HARDWARE, claims: { assurance: { min: '1' } } }],
    ['hardware of any assurance', { schema: HARDWARE, claims: {} }],
    ['a score', { schema: 'urn:assay:schema:reputation:1', claims: { score: { min: '800' } } }],
    ['jobs of any number', { schema: 'urn:assay:schema:jobs:1:render.example', claims: { completed: { min: '5' } } }],
  ])('does not accept %s', (_, policy) => {
    expect(() => readAcceptedPolicy(zPolicy.parse(policy))).toThrow(notAccepted)
  })
})

describe('ledger entries from a verified presentation', () => {
  it('a new device joins, with its capability and its first proof, and scores above 0 in time', () => {
    const state = emptyState(settings)
    const entries = accepted(uptimeProposal(), state)
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
      { kind: 'join', entryId: 'p1/1/join', ...common, firstEpoch: F },
      { kind: 'uptime', entryId: 'p1/1', ...common, ...day, uptimeAssurance: 2, hardwareAssurance: 2 },
    ])
    for (const entry of entries) applyEntry(state, entry)
    expect(scoreAt(state, acceptance.acceptedAt).upHours).toBeGreaterThan(20)
    const again = accepted(uptimeProposal({ ...day, epoch: F + 4 }), state, { id: 'p2' })
    expect(again.map((entry) => entry.kind)).toEqual(['hardware', 'uptime'])
  })

  it('refuses another first epoch, an open epoch, a device that had retired', () => {
    const state = emptyState(settings)
    for (const entry of accepted(uptimeProposal(), state)) applyEntry(state, entry)
    expect(() => accepted(uptimeProposal({ ...day, firstEpoch: F + 1 }), state)).toThrow(
      refusal('firstEpochFixed', 'The first epoch of a device is fixed at its first presentation.'),
    )
    expect(() => accepted(uptimeProposal({ ...day, epoch: F + 22 }), state)).toThrow(
      refusal('epochOpen', 'The epoch has not closed yet.'),
    )
    expect(() => accepted(uptimeProposal({ ...day, firstEpoch: 999 }))).toThrow(
      refusal('conflict', 'The first epoch lies before the first that this service knows'),
    )
    const join = { kind: 'join', entryId: 'j', acceptedAt: 1, devicePseudonym: '78', firstEpoch: F } as const
    const acceptedAt = acceptance.acceptedAt + 1
    applyEntry(state, join)
    applyEntry(state, { kind: 'retire', entryId: 'r', acceptedAt, devicePseudonym: '77', from: F + 30 })
    const later = { acceptedAt: atHorizon(F + 40) }
    expect(() => accepted(uptimeProposal({ ...day, epoch: F + 30 }), state, later)).toThrow(
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
    applyEntry(state, entry!)
    const later = { acceptedAt: atHorizon(150 * 7), provedAt: 0 }
    const stale = refusal('sequenceStale', 'Week 147 of this marketplace has been accepted already')
    expect(() => accepted(jobs({}), state, later)).toThrow(stale)
    expect(() => applyEntry(state, { ...entry!, entryId: 'again' } as LedgerEntry)).toThrow(stale)
    expect(() => accepted(jobs({ week: 148, firstWeek: 146 }), state, later)).toThrow(
      refusal('firstEpochFixed', 'The first epoch of a device is fixed at its first presentation.'),
    )
    expect(() => accepted(jobs({ week: 148 }, { failed: 0 }), state, later)).toThrow(
      refusal('conflict', "The counter failed is cumulative and can't fall"),
    )
    expect(accepted(jobs({ week: 148 }, { completed: 60 }), state, later)).toMatchObject([{ completed: 60 }])
  })
})
