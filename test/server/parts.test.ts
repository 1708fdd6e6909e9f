import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { DrizzleQueryError } from 'drizzle-orm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AssayError, FIELD_ORDER, merkleRoot, poseidon } from '../../src/protocol/index.ts'
import { fastNodeHash } from '../../src/server/fast-node-hash.ts'
import { createLogger } from '../../src/server/logger.ts'
import { repeat } from '../../src/server/repeat.ts'
import { until } from '../shared/until.ts'

describe('the fast node hash', () => {
  it('is the protocol’s, for all field elements and whole trees', async () => {
    const hash = await fastNodeHash()
    const element = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n })
    fc.assert(
      fc.property(element, element, (left, right) => hash(left, right) === poseidon([left, right])),
      { numRuns: 50 },
    )
    const leaves = Array.from({ length: 37 }, (_, i) => BigInt(i * i))
    expect(merkleRoot(leaves, 10, hash)).toBe(merkleRoot(leaves, 10))
  })
})

describe('repeated work', () => {
  it('goes on after an error, and stops after the round under way', async () => {
    const test = new EventEmitter()
    const events: string[] = []
    let rounds = 0
    const stop = repeat(
      async () => {
        rounds += 1
        events.push(`round ${rounds}`)
        if (rounds === 1) throw new Error('once')
        if (rounds !== 3) return
        await once(test, 'go on')
        events.push('the end of round 3')
      },
      1,
      (error) => events.push(String(error)),
    )
    await until(() => rounds === 3)
    const stopped = stop().then(() => events.push('stopped'))
    test.emit('go on')
    await stopped
    // rounds are a millisecond apart: one more would come in this time
    await sleep(30)
    expect(events).toEqual(['round 1', 'Error: once', 'round 2', 'round 3', 'the end of round 3', 'stopped'])
  })
})

describe('the log', () => {
  it('shows no secrets', () => {
    const lines: string[] = []
    const log = createLogger('info', { write: (line) => lines.push(line) })
    const config = { kmsSecret: 'hunter2', databaseUrl: 'postgres://u:hunter2@h/d', port: 1 }
    log.info({ config, wallet: { phrase: 'hunter2', passphrase: 'hunter2', secretKey: 'hunter2' } }, 'settings')
    log.info({ req: { headers: { authorization: 'DID hunter2' } }, issuer: { circuitKey: 'hunter2' } }, 'request')
    expect(lines.join('')).not.toContain('hunter2')
    expect(lines.join('')).toContain('[secret]')
  })

  it('shows which query failed, and none of its values', () => {
    const lines: string[] = []
    const log = createLogger('info', { write: (line) => lines.push(line) })
    const cause = Object.assign(new Error('violates not-null'), {
      code: '23502',
      detail: 'Failing row contains (hunter2)',
    })
    const failed = new DrizzleQueryError('insert into "issued" values ($1, $2)', ['hunter2', 'hunter2\nhunter2'], cause)
    log.error({ err: failed }, 'request failed')
    log.error({ err: new Error('not taken', { cause: failed }) }, 'request failed')
    log.error({ err: new AssayError('conflict', 'taken', { epoch: 7 }, failed) }, 'request failed')
    log.error({ err: cause }, 'request failed')
    expect(lines.join('')).not.toContain('hunter2')
    for (const line of lines) expect(JSON.parse(line).err.message).toContain('violates not-null')
    expect(lines[0]).toContain('insert into \\"issued\\" values ($1, $2)')
    expect(JSON.parse(lines[0]!).err.stack).toContain('parts.test.ts')
    expect(JSON.parse(lines[2]!).err).toMatchObject({ code: 'conflict', detail: { epoch: 7 } })
  })
})
