import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseJoin, correctJoin, type PastEpoch } from '../../src/client/choose-join.ts'
import { CONSTANTS, joinEpochs } from '../../src/reputation/index.ts'

const PRESENT = 100
const first = { present: PRESENT, isFirst: true, inheritedSilence: 0 as const }
const up = (epoch: number, rungMicro: PastEpoch['rungMicro'] = 999_900): PastEpoch => ({ epoch, rungMicro })

describe('how a wallet joins a ledger', () => {
  it.each<[string, PastEpoch[], number]>([
    ['nothing was proved of the last epochs', [], 100],
    ['three good epochs', [up(99), up(98), up(97), up(96)], 97],
    ['a gap: only what came after it', [up(99), up(97)], 99],
    ['a bad epoch: only what came after it', [up(99), up(98, 900_000), up(97)], 99],
    ['the last one was bad', [up(99, 500_000), up(98)], 100],
    ['only older ones', [up(97), up(96)], 100],
  ])('a first device: %s', (_, past, joinEpoch) => {
    expect(chooseJoin(past, first)).toEqual({ joinEpoch, inheritedSilence: 0 })
  })

  it('a later device joins with the next epoch, and says nothing of inherited silence', () => {
    expect(chooseJoin([up(99)], { ...first, isFirst: false, inheritedSilence: 30 })).toEqual({ joinEpoch: 101 })
  })

  it('always chooses what the ledger allows', () => {
    const pasts = fc.array(
      fc.record({ epoch: fc.integer({ min: 80, max: 99 }), rungMicro: fc.constantFrom(...CONSTANTS.rungsMicro) }),
    )
    fc.assert(
      fc.property(pasts, fc.boolean(), (past, isFirst) => {
        const { earliest, latest } = joinEpochs(PRESENT, isFirst)
        const sorted = [...past].sort((a, b) => b.epoch - a.epoch)
        const { joinEpoch } = chooseJoin(sorted, { ...first, isFirst })
        expect(joinEpoch).toBeGreaterThanOrEqual(earliest)
        expect(joinEpoch).toBeLessThanOrEqual(latest)
      }),
    )
  })

  it('corrects itself by what the ledger answers', () => {
    expect(correctJoin({ joinEpoch: 98, inheritedSilence: 0 }, { earliest: 101, latest: 101 }, 0)).toEqual({
      joinEpoch: 101,
    })
    expect(correctJoin({ joinEpoch: 101 }, { earliest: 97, latest: 100 }, 30)).toEqual({
      joinEpoch: 100,
      inheritedSilence: 30,
    })
    expect(correctJoin({ joinEpoch: 96, inheritedSilence: 0 }, { earliest: 97, latest: 100 }, 0).joinEpoch).toBe(97)
  })
})
