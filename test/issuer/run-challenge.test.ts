import { describe, expect, it } from 'vitest'
import { measuringKeyOf, takeCommitment, takeOpenings } from '../../src/issuer/index.ts'
import { createChallengeStore } from '../../src/storage/evidence-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { answerOf, challengeFor, machine, NOW, randomBytes } from './fixture.ts'

const at = NOW * 1000

describeOnEachDatabase('MM-1 between issuer and prover', (openDatabase) => {
  let opened: ReturnType<typeof openDatabase> | undefined
  const open = () => (opened ??= openDatabase())
  const setUp = async (lie = false) => {
    const store = createChallengeStore((await open()).db)
    const what = machine('measured')
    const { state, key } = challengeFor(what)
    await store.add(state)
    return { store, id: state.challenge.id, answer: await answerOf(what, state, lie), prepare: async () => key }
  }

  it('is passed by whoever did the work, and stays closed', async () => {
    const { store, id, answer, prepare } = await setUp()
    const samples = await takeCommitment(store, answer.commitment, at, randomBytes)
    const openings = answer.open(samples.samples)
    expect(await takeOpenings(store, openings, at + 1, prepare)).toEqual({
      ...{ ok: true, seconds: 0.002, mops: 524, measuredAt: NOW },
    })
    expect(await store.find(id)).toMatchObject({ status: 'closed', result: { ok: true } })
    await expect(takeOpenings(store, openings, at + 1, prepare)).rejects.toMatchObject({
      code: 'conflict',
      message: 'The challenge is closed already',
    })
  })

  it('is failed by a lie, for good', async () => {
    const { store, id, answer, prepare } = await setUp(true)
    const samples = await takeCommitment(store, answer.commitment, at, randomBytes)
    const result = await takeOpenings(store, answer.open(samples.samples), at + 1, prepare)
    expect(result).toMatchObject({ ok: false, code: 'challengeFailed', check: 'product' })
    expect(await store.find(id)).toMatchObject({ status: 'closed', result: { ok: false } })
  })

  it('takes one of several commitments at once, so that nobody draws twice', async () => {
    const { store, answer } = await setUp()
    const taken = await Promise.allSettled(
      [1, 2, 3].map(() => takeCommitment(store, answer.commitment, at, randomBytes)),
    )
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of taken) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ code: 'conflict', message: expect.stringMatching(/^The challenge /) })
      }
    }
  })

  it('knows no challenge but its own, and takes none late', async () => {
    const { store, answer } = await setUp()
    const commitment = { ...answer.commitment, id: 'A'.repeat(22) }
    await expect(takeCommitment(store, commitment, at, randomBytes)).rejects.toMatchObject({
      code: 'challengeUnknown',
      message: 'No challenge of this id is open here',
    })
    await expect(takeCommitment(store, answer.commitment, at + 60_000, randomBytes)).rejects.toMatchObject({
      code: 'challengeLate',
    })
  })
})

describe('measuringKeyOf', () => {
  it('draws a key an epoch and size, and keeps it', async () => {
    const kept = new Map<string, Uint8Array>()
    const keepSecret = async (name: string, create: () => Uint8Array) => {
      const secret = kept.get(name) ?? create()
      kept.set(name, secret)
      return secret
    }
    const key = await measuringKeyOf(7, 64, keepSecret, randomBytes)
    expect(key).toMatchObject({ type: 'mm1-measuring-key', n: 64 })
    expect(await measuringKeyOf(7, 64, keepSecret, randomBytes)).toEqual(key)
    expect(await measuringKeyOf(8, 64, keepSecret, randomBytes)).not.toEqual(key)
    expect([...kept.keys()]).toEqual(['mm1-measuring-key:7:64', 'mm1-measuring-key:8:64'])
  })
})
