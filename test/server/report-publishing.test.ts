import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { AssayError } from '../../src/protocol/index.ts'
import { reportPublishing } from '../../src/server/report-publishing.ts'

describe('what the log says of roots that could not be published', () => {
  const lines: { level: number; msg: string; missing?: string }[] = []
  const report = reportPublishing(pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }))
  const pending = (number: number) => new AssayError('rootPending', 'waits', { number, sub: 0, missing: 'did:key:a' })

  it('warns once a root that it waits for witnesses, and of whom', () => {
    for (const number of [1, 1, 1, 2]) report(pending(number))
    expect(lines).toMatchObject(
      [40, 40].map((level) => ({ level, msg: 'no root is out: waits', missing: 'did:key:a' })),
    )
  })

  it('shouts about a moved clock, and logs what it does not know each time', () => {
    lines.length = 0
    report(new AssayError('clockJumped'))
    for (const _ of [1, 2]) report(new Error('disk full'))
    expect(lines.map(({ level }) => level)).toEqual([60, 50, 50])
    expect(lines[0]!.msg).toContain('THE CLOCK WAS MOVED')
  })
})
