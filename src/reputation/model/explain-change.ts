import type { Change, ChangeCause } from './change-schema.ts'
import { points, type ScoreOutcome } from './combine-score.ts'
import { countsFrom } from './epochs.ts'
import { scoreReading } from './full-score.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'
import { type LedgerReading, readLedger } from './read-ledger.ts'
import { isInRoster } from './roster.ts'
import { roundTo6 } from './round.ts'

/** How the score came from what it was while the epoch before was the newest that counts, cause by cause. */
export function explainChange(ledger: Ledger, reading: LedgerReading, result: ScoreOutcome): Change {
  const since = Math.max(0, countsFrom(ledger.settings, reading.horizon) - 1)
  const before = fullResult(ledger, since)
  const stages = stagesBetween(ledger, since, reading.t)
  const causes = new Map<ChangeCause['code'], number>()
  const add = (code: ChangeCause['code'], change: number) => causes.set(code, (causes.get(code) ?? 0) + change)
  let from = before
  for (const [i, { code, stage }] of stages.entries()) {
    const to = i === stages.length - 1 ? result : fullResult(stage, reading.t)
    const parts = partsOf(from, to)
    add('age', parts.age)
    add(code, parts.uptime)
    add('jobs', parts.jobs)
    from = to
  }
  const rows = [...causes].map(([code, change]) => {
    return { code, sentence: sentenceOf(code, reading), points: roundTo6(change) }
  })
  return {
    since,
    score: result.score - before.score,
    causes: rows.filter((cause) => cause.points !== 0).sort((a, b) => Math.abs(b.points) - Math.abs(a.points)),
  }
}

const fullResult = (ledger: Ledger, t: number) => scoreReading(ledger, readLedger(ledger, t))

/** First time passes and one epoch more counts; then comes what was declared or accepted since, kind by kind. */
function stagesBetween(ledger: Ledger, since: number, t: number): { code: ChangeCause['code']; stage: Ledger }[] {
  const isNew = (entry: LedgerEntry) => entry.acceptedAt > since && entry.acceptedAt <= t
  const isRoster = ({ kind }: LedgerEntry) => kind === 'join' || kind === 'retire'
  const known = ledger.entries.filter((entry) => !isNew(entry))
  const voids = ledger.voids.filter(({ declaredAt }) => declaredAt <= since || declaredAt > t)
  const stages: { code: ChangeCause['code']; stage: Ledger }[] = [
    { code: 'epoch', stage: { ...ledger, entries: known, voids } },
  ]
  const added = ledger.entries.filter(isNew)
  if (voids.length < ledger.voids.length) stages.push({ code: 'voids', stage: { ...ledger, entries: known } })
  if (added.some(isRoster)) {
    stages.push({ code: 'roster', stage: { ...ledger, entries: [...known, ...added.filter(isRoster)] } })
  }
  if (added.some((entry) => !isRoster(entry))) stages.push({ code: 'late', stage: ledger })
  return stages
}

/** The change in points, one factor after the other, so that the parts add up to the whole. */
function partsOf(from: ScoreOutcome, to: ScoreOutcome): { age: number; uptime: number; jobs: number } {
  const aged = from.maturity === 0 ? 0 : (from.uptimeFactor / from.maturity) * to.maturity
  return {
    age: points(aged, from.jobsFactor) - points(from.uptimeFactor, from.jobsFactor),
    uptime: points(to.uptimeFactor, from.jobsFactor) - points(aged, from.jobsFactor),
    jobs: points(to.uptimeFactor, to.jobsFactor) - points(to.uptimeFactor, from.jobsFactor),
  }
}

function sentenceOf(code: ChangeCause['code'], reading: LedgerReading): string {
  if (code === 'epoch') return epochSentence(reading)
  return {
    age: 'The pseudonym is an epoch older, so more of what its uptime is worth counts.',
    jobs: 'The jobs record changed: a week was added, faded or came to count.',
    late: 'Proofs of earlier epochs were accepted.',
    roster: 'A device joined or asked to retire.',
    voids: 'Epochs were declared void.',
  }[code]
}

function epochSentence({ horizon, voids, roster, uptime }: LedgerReading): string {
  if (voids.set.has(horizon)) return `Epoch ${horizon} is void; older ones weigh less against newer ones.`
  const size = roster.devices.filter((device) => isInRoster(device, horizon)).length
  const rungs = uptime.filter(({ epoch }) => epoch === horizon).reduce((sum, { rungMicro }) => sum + rungMicro, 0)
  const share = size === 0 ? 0 : rungs / size / 10_000
  const proved = share === 0 ? 'with nothing proved of it' : `at ${roundTo6(share)} % up`
  return `Epoch ${horizon} counts now, ${proved}; older ones weigh less.`
}
