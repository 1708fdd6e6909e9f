import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { emptyStatusList, revokeIndex } from '../../src/protocol/status-list.ts'
import {
  applyStatusUpdate,
  checkRoot,
  createRegistry,
  govern,
  knownRoots,
  publishDue,
  type Registry,
  readRoots,
  readSnapshot,
  signStatusUpdate,
} from '../../src/registry/index.ts'
import { createRegistryStore } from '../../src/storage/registry-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import {
  governors,
  INTERVAL,
  makeBootClock,
  makeSigner,
  makeWitness,
  resolveKeys,
  START,
  trustAction,
} from './world.ts'

const alice = makeSigner('alice')
const witness = makeWitness('alone')
const SKEW = 120
const time = { now: START }

/**
 * A revocation reaches a registry at any moment; its publisher works each second. From when on does no verifier take a root
 * without it, whatever it was shown and however wrong its clock is within the skew?
 */
describeOnEachDatabase('protocol, registry: how long a revocation takes', (open) => {
  let registry: Registry
  let seq = 0

  beforeAll(async () => {
    time.now = START
    const clock = () => time.now
    const effects = { clock, bootClock: makeBootClock(clock), resolveKeys, witnesses: [witness] }
    const store = createRegistryStore((await open()).db)
    registry = await createRegistry({ ...effects, store }, { governors: [governors[0]!.did], witnesses: [witness] })
    await govern(registry, await trustAction(alice, { registry: registry.registryId }), governors.slice(0, 1))
    await publishDue(registry)
  })

  /** Revokes one more credential at this moment. Gives the last root without it. */
  async function revoke(urgent: boolean): Promise<bigint> {
    await publishDue(registry)
    const before = BigInt((await readSnapshot(registry)).statement.root)
    seq += 1
    const bits = Array.from({ length: seq }, (_, i) => i).reduce(revokeIndex, emptyStatusList())
    const update = { registryId: registry.registryId, schema: HARDWARE, list: 0, seq, bits, urgent }
    await applyStatusUpdate(registry, await signStatusUpdate(update, alice))
    return before
  }

  /** What verifiers with clocks between slow and fast say, who were shown what was published by `shownAt`. */
  async function verdicts(root: bigint, now: number, shownAt: number): Promise<unknown[]> {
    const { statements } = await readRoots(registry, Math.floor(START / INTERVAL))
    const shown = statements.filter(({ issuedAt }) => issuedAt <= shownAt)
    const known = knownRoots(registry.genesis, registry.registryId, shown)
    return [-SKEW, 0, SKEW].map((error) => checkRoot(known, root, now + error, 0))
  }

  async function runUntil(end: number): Promise<void> {
    while (time.now < end) {
      time.now = Math.min(end, time.now + 30)
      await publishDue(registry)
    }
  }

  it('takes at most two intervals and the skew, also for verifiers who are shown nothing new', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(INTERVAL - 1), async (moment) => {
        time.now = (Math.floor(time.now / INTERVAL) + 3) * INTERVAL
        await publishDue(registry)
        time.now += moment
        const revokedAt = time.now
        const root = await revoke(false)
        await runUntil(revokedAt + 2 * INTERVAL)
        for (const shownAt of [revokedAt, time.now]) {
          const late = await verdicts(root, revokedAt + 2 * INTERVAL + SKEW, shownAt)
          expect(late).not.toContain(undefined)
        }
      }),
      { numRuns: 6 },
    )
  })

  it('is not far from that: right after a cut, a slow clock takes the old root nearly as long', async () => {
    time.now = (Math.floor(time.now / INTERVAL) + 3) * INTERVAL
    const revokedAt = time.now
    const root = await revoke(false)
    await runUntil(revokedAt + 2 * INTERVAL)
    expect((await verdicts(root, revokedAt + 2 * INTERVAL + SKEW - 1, time.now))[0]).toBeUndefined()
  })

  it('takes a minute with an urgent root, for verifiers who were shown it', async () => {
    time.now = (Math.floor(time.now / INTERVAL) + 3) * INTERVAL + 10
    const revokedAt = time.now
    const root = await revoke(true)
    await runUntil(revokedAt + 60)
    expect(await verdicts(root, revokedAt + 60, time.now)).toEqual(Array(3).fill('rootSuperseded'))
    // and for one who fetches every so many seconds, that much later
    expect(await verdicts(root, revokedAt + 60, revokedAt)).toContain(undefined)
  })
})
