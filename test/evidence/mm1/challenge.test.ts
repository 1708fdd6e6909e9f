import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  acceptCommitment,
  answerChallenge,
  answerFromLayers,
  type ClosedChallenge,
  type CommittedChallenge,
  checkOpenings,
  commitAnswer,
  computeAnswer,
  createChallenge,
  createMeasuringKey,
  encodeChallengeState,
  type IssuedChallenge,
  layerEntries,
  type MatrixAnswer,
  type MatrixOpenings,
  multiplyInProcess,
  openAnswer,
  prepareMeasuringKey,
  samplesMessage,
  zChallengeState,
  zMatrixChallenge,
  zMatrixCommitment,
  zMatrixOpenings,
  zMatrixSamples,
} from '../../../src/evidence/index.ts'
import { fromBase64url, toBase64url } from '../../../src/protocol/index.ts'
import { seededRandom } from '../random.ts'

const START = 1_800_000_000_000
const secretKey = new Uint8Array(32).fill(9)
const agent = {
  agentKey: ed25519.getPublicKey(secretKey),
  sign: async (message: Uint8Array) => ed25519.sign(message, secretKey),
  device: 123456789n,
  multiply: multiplyInProcess,
}

function issue({ n = 32, layers = 3, samples = 1024, seed = 'challenge' } = {}) {
  const random = seededRandom(seed)
  const key = createMeasuringKey(n, random)
  const { agentKey, device } = agent
  const options = { key, layers, device, agentKey, beacon: random(32), timeLimitMs: 5000, samples }
  return { state: createChallenge(options, START, random), prepared: prepareMeasuringKey(key), random }
}

type Setting = ReturnType<typeof issue>

/** Commits to an answer after a second, and opens what is asked, perhaps tampered with. */
async function run(
  { state, prepared, random }: Setting,
  answer: MatrixAnswer,
  tamper: (openings: MatrixOpenings) => void = () => undefined,
): Promise<ClosedChallenge> {
  const committed = acceptCommitment(state, await commitAnswer(answer, agent.sign), START + 999, random)
  const openings = openAnswer(answer, committed.rows)
  tamper(openings)
  return checkOpenings(committed, zMatrixOpenings.parse(openings), prepared, START + 2000)
}

const throwing = (call: () => unknown, code: string, message: string) =>
  expect(call).toThrow(expect.objectContaining({ code, message }))

describe('MM-1: an honest prover', () => {
  test('passes at random sizes, by messages that survive their schemas and JSON', async () => {
    const sizes = fc.record({
      n: fc.constantFrom(16, 32, 48, 64),
      layers: fc.integer({ min: 1, max: 5 }),
      samples: fc.integer({ min: 1, max: 100 }),
      seed: fc.string(),
    })
    const wire = <T>(value: T): T => JSON.parse(JSON.stringify(value))
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        const { state, prepared, random } = issue(size)
        const stored = (s: Parameters<typeof encodeChallengeState>[0]) =>
          zChallengeState.parse(wire(encodeChallengeState(s)))
        const layers: number[] = []
        const challenge = zMatrixChallenge.parse(wire(state.challenge))
        const answer = await answerChallenge(challenge, { ...agent, onLayer: (done) => layers.push(done) })
        const commitment = zMatrixCommitment.parse(wire(answer.commitment))
        const committed = stored(
          acceptCommitment(stored(state), commitment, START + 1499, random),
        ) as CommittedChallenge
        const { samples } = zMatrixSamples.parse(wire(samplesMessage(committed)))
        expect(samples).toHaveLength(Math.min(size.samples, size.n * size.layers))
        expect(new Set(samples.map((sample) => JSON.stringify(sample))).size).toBe(samples.length)
        const openings = zMatrixOpenings.parse(wire(answer.open(samples)))
        const closed = checkOpenings(committed, openings, prepared, START + 3000)
        expect(stored(closed)).toEqual(closed)
        const mops = Math.floor((2 * size.layers * size.n ** 3) / 1_500_000)
        expect(closed.result).toEqual({ ok: true, seconds: 1.5, mops, measuredAt: 1_800_000_001 })
        expect(layers).toEqual(Array.from({ length: size.layers }, (_, i) => i + 1))
      }),
      { numRuns: 25 },
    )
  })

  test('is given a throughput that is never above the truth, also within one millisecond', async () => {
    const { state, prepared, random } = issue({ n: 16, layers: 1 })
    const answer = await computeAnswer(state.challenge, agent)
    const committed = acceptCommitment(state, await commitAnswer(answer, agent.sign), START, random)
    const { result } = checkOpenings(committed, openAnswer(answer, committed.rows), prepared, START)
    expect(result).toMatchObject({ ok: true, seconds: 0.001, mops: 8 })
  })
})

describe('MM-1: a cheating prover', () => {
  const changed = (layers: readonly Uint32Array[], change: (layers: Uint32Array[]) => void) => {
    const copies = layers.map((layer) => layer.slice())
    change(copies)
    return copies
  }
  const cheat = async (setting: Setting, change: (layers: Uint32Array[]) => void) => {
    const honest = await computeAnswer(setting.state.challenge, agent)
    return answerFromLayers(setting.state.challenge, changed(honest.layers, change))
  }

  test.each([
    ['one wrong entry in the first layer', 0, 'product', (x: Uint32Array[]) => x[0]!.fill(x[0]![100]! ^ 1, 100, 101)],
    ['one wrong entry in the last layer', 2, 'product', (x: Uint32Array[]) => x[2]!.fill(x[2]![100]! ^ 1, 100, 101)],
    ['a row left out', 1, 'product', (x: Uint32Array[]) => x[1]!.fill(0, 96, 128)],
    [
      'two rows exchanged',
      2,
      'product',
      (x: Uint32Array[]) => {
        const [third, fourth] = [x[2]!.slice(96, 128), x[2]!.slice(128, 160)]
        x[2]!.set(fourth, 96)
        x[2]!.set(third, 128)
      },
    ],
    ['a flipped bit 31', 1, 'range', (x: Uint32Array[]) => x[1]!.fill((x[1]![100]! | 0x80000000) >>> 0, 100, 101)],
    ['an entry of exactly P', 2, 'range', (x: Uint32Array[]) => x[2]!.fill(2 ** 31 - 1, 100, 101)],
  ])('%s is found in layer %i by the %s check', async (_case, layer, check, change) => {
    const setting = issue()
    const { result } = await run(setting, await cheat(setting, change))
    expect(result).toMatchObject({ ok: false, code: 'challengeFailed', check })
    // the layer above a wrong row fails too, since it does not follow from it; the sample order decides which comes first
    if (!result.ok) expect([layer, layer + 1]).toContain(result.layer)
  })

  test('the message says which row failed', async () => {
    const setting = issue({ layers: 1 })
    const { result } = await run(setting, await cheat(setting, (x) => x[0]!.fill(0, 0, 32)))
    const message = 'The opened row 0 of layer 0 is not the product that was asked for'
    expect(result).toEqual({ ok: false, code: 'challengeFailed', check: 'product', layer: 0, row: 0, message })
  })

  test('entries that are right mod 2^32 or mod P only are found', async () => {
    const setting = issue({ layers: 1 })
    const answer = await cheat(setting, (x) => x[0]!.fill(x[0]![7]! + 2 ** 31 - 1, 7, 8))
    expect((await run(setting, answer)).result).toMatchObject({ check: 'range', layer: 0, row: 0 })
  })

  test('another layer function is found', async () => {
    const setting = issue()
    const { challenge } = setting.state
    const layers: Uint32Array[] = []
    // what someone would compute who mixes every layer as the first: f_1 twice
    await computeAnswer(challenge, {
      ...agent,
      multiply: async (left, right, n) => {
        const previous = layers.at(-1)
        const product = await multiplyInProcess(previous === undefined ? left : layerEntries(1, previous), right, n)
        layers.push(product)
        return product
      },
    })
    const { result } = await run(setting, answerFromLayers(challenge, layers))
    expect(result).toMatchObject({ ok: false, check: 'product', layer: 2 })
  })

  test.each([
    ['another device', { ...agent, device: 5n }],
    ['another agent key', { ...agent, agentKey: new Uint8Array(32).fill(1) }],
  ])('work done for %s does not serve', async (_case, other) => {
    const setting = issue()
    const { result } = await run(setting, await computeAnswer(setting.state.challenge, other))
    expect(result).toMatchObject({ ok: false, check: 'product', layer: 0 })
  })

  test.each(['nonce', 'beacon', 'seedB'] as const)('work done for another %s does not serve', async (name) => {
    const setting = issue()
    const other = await computeAnswer({ ...setting.state.challenge, [name]: bytesToHex(new Uint8Array(32)) }, agent)
    const { result } = await run(setting, { ...other, challenge: setting.state.challenge })
    expect(result).toMatchObject({ ok: false, check: 'product' })
  })

  test('a quarter of wrong rows escapes a single opened row about as often as the formula says', async () => {
    const setting = issue({ n: 16, layers: 1, samples: 1 })
    const answer = await cheat(setting, (x) => x[0]!.fill(1, 0, 4 * 16))
    const commitment = await commitAnswer(answer, agent.sign)
    const random = seededRandom('many draws')
    let escaped = 0
    for (let i = 0; i < 400; i++) {
      const committed = acceptCommitment(setting.state, commitment, START, random)
      if (checkOpenings(committed, openAnswer(answer, committed.rows), setting.prepared, START).result.ok) escaped++
    }
    // a quarter of the rows is wrong: 300 of 400 expected, and the draws are the same in every run
    expect(Math.abs(escaped - 300)).toBeLessThan(30)
  })
})

describe('MM-1: openings', () => {
  const open = async (tamper: (openings: MatrixOpenings) => void) => {
    const setting = issue()
    return (await run(setting, await computeAnswer(setting.state.challenge, agent), tamper)).result
  }
  const flip = (text: string, at: number) => {
    const bytes = fromBase64url(text)
    bytes[at]! ^= 1
    return toBase64url(bytes)
  }

  test.each<[string, string, (o: MatrixOpenings) => void]>([
    [
      'an opened row changed after the commitment',
      'path',
      (o) => (o.openings[0]!.current.value = flip(o.openings[0]!.current.value, 5)),
    ],
    ['a path with another sibling', 'path', (o) => (o.openings[0]!.current.path[2] = '00'.repeat(32))],
    ['a path too short', 'path', (o) => o.openings[0]!.current.path.pop()],
    ['a path too long', 'path', (o) => o.openings[0]!.current.path.push('00'.repeat(32))],
    ['a row of another length', 'shape', (o) => (o.openings[0]!.current.value = toBase64url(new Uint8Array(64)))],
    ['a missing row below', 'shape', (o) => (o.openings.find((x) => x.layer > 0)!.previous = null)],
    ['a row below layer 0', 'shape', (o) => (o.openings.find((x) => x.layer === 0)!.previous = o.openings[0]!.current)],
    [
      'a row below that is the wrong one',
      'path',
      (o) => {
        const above = o.openings.filter((x) => x.layer > 0)
        above[0]!.previous = above[1]!.previous
      },
    ],
    ['other rows than were named', 'samples', (o) => o.openings.reverse()],
    ['one row too few', 'samples', (o) => o.openings.pop()],
  ])('%s fails the %s check', async (_case, check, tamper) => {
    expect(await open(tamper)).toMatchObject({ ok: false, code: 'challengeFailed', check })
  })

  test('a product with a secret vector in place of rows has no form that the schema knows', async () => {
    const setting = issue()
    const answer = await computeAnswer(setting.state.challenge, agent)
    const { openings, ...rest } = openAnswer(answer, [{ layer: 0, row: 0 }])
    const { current, ...opening } = openings[0]!
    expect(zMatrixOpenings.safeParse({ ...rest, openings: [{ ...opening, product: [1, 2, 3] }] }).success).toBe(false)
    expect(zMatrixOpenings.safeParse({ ...rest, openings: [{ ...opening, current, product: [1] }] }).success).toBe(
      false,
    )
    expect(zMatrixOpenings.safeParse({ ...rest, openings: [{ ...opening, current }] }).success).toBe(true)
  })

  test('rows that the challenge does not have are not opened', async () => {
    const answer = await computeAnswer(issue().state.challenge, agent)
    throwing(() => openAnswer(answer, [{ layer: 3, row: 0 }]), 'malformed', 'The challenge has no row 0 in layer 3')
  })
})

describe('MM-1: the order of steps', () => {
  async function prepare() {
    const setting = issue()
    const answer = await computeAnswer(setting.state.challenge, agent)
    const commitment = await commitAnswer(answer, agent.sign)
    const commit = (state: IssuedChallenge | CommittedChallenge = setting.state, changes = {}, nowMs = START + 1000) =>
      acceptCommitment(state, { ...commitment, ...changes }, nowMs, setting.random)
    return { ...setting, answer, commit }
  }

  test('a commitment at the deadline is taken, a millisecond later it is late', async () => {
    const { commit, state } = await prepare()
    expect(commit(state, {}, START + 5000).committedAtMs).toBe(START + 5000)
    throwing(() => commit(state, {}, START + 5001), 'challengeLate', 'The commitment came 1 ms after the deadline')
  })

  test('a second commitment is a conflict', async () => {
    const { commit } = await prepare()
    throwing(() => commit(commit()), 'conflict', 'The challenge has been committed to already')
  })

  test('a commitment for another challenge, or not signed by the agent key over this root, is refused', async () => {
    const { commit, state } = await prepare()
    const other = toBase64url(new Uint8Array(16))
    throwing(() => commit(state, { id: other }), 'challengeUnknown', 'The commitment is for another challenge')
    for (const changes of [{ root: '00'.repeat(32) }, { signature: toBase64url(new Uint8Array(64)) }]) {
      const message = "The commitment is not signed by the device's agent key"
      throwing(() => commit(state, changes), 'signatureInvalid', message)
    }
  })

  test('openings before the commitment, twice, too late, or under another key are refused', async () => {
    const { commit, state, answer, prepared } = await prepare()
    const committed = commit()
    const openings = openAnswer(answer, committed.rows)
    const check = (at: Parameters<typeof checkOpenings>[0], nowMs = START + 2000) =>
      checkOpenings(at, openings, prepared, nowMs)
    throwing(() => check(state), 'conflict', 'The challenge has not been committed to')
    throwing(() => check(check(committed)), 'conflict', 'The challenge is closed already')
    throwing(() => check(committed, START + 61_002), 'challengeLate', 'The openings came 2 ms too late')
    const stranger = prepareMeasuringKey(createMeasuringKey(32, seededRandom('stranger')))
    const wrongKey = 'The challenge was made under another measuring key'
    throwing(() => checkOpenings(committed, openings, stranger, START), 'challengeUnknown', wrongKey)
    const foreign = { ...openings, id: toBase64url(new Uint8Array(16)) }
    throwing(
      () => checkOpenings(committed, foreign, prepared, START),
      'challengeUnknown',
      'The openings are for another challenge',
    )
  })

  test('the rows to open are drawn after the commitment, from fresh randomness', async () => {
    const setting = issue({ samples: 8 })
    const answer = await computeAnswer(setting.state.challenge, agent)
    const commitment = await commitAnswer(answer, agent.sign)
    const draw = () => acceptCommitment(setting.state, commitment, START, setting.random).rows
    expect(draw()).not.toEqual(draw())
    expect(JSON.stringify(encodeChallengeState(setting.state))).not.toContain('"rows"')
  })
})
