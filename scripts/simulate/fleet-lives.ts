import type { Life, MachineLife } from './life.ts'
import { breakingDays, uptimeDays } from './provider.ts'
import type { Random } from './random.ts'

/*
 * What one can do with machines that one may join, hide, retire and bring back. The attackers know each day as soon as it is
 * over, and act on it at the start of the next.
 */

export const DAYS = 366
const SPARES = 9
const PAST = 3

export const daysOf = (share: () => number, days: number) => Array.from({ length: days }, share)
const isDark = (share: number | undefined) => share === undefined || share < 0.5

export const machine = (joins: number, shares: readonly number[], changes: Partial<MachineLife> = {}): MachineLife => ({
  joins,
  source: 'measured',
  share: (day) => shares[day],
  ...changes,
})

/** Days of one that breaks now and then, and is dark for days. */
export const breaking = (random: Random) => daysOf(breakingDays(random, { darkShare: 0.05, meanDarkDays: 10 }), DAYS)

/** Each time the first machine has broken, a spare of the same kind joins that the attacker has been watching. */
export function coverWithSpares(random: Random): Life {
  const first = breaking(random)
  const spares = Array.from({ length: SPARES }, () => breaking(random))
  const breakdowns = first.flatMap((share, day) => (isDark(share) && !isDark(first[day - 1] ?? 1) ? [day] : []))
  const joined = breakdowns.slice(0, SPARES).map((day) => {
    // the one that was up for longest without a break
    const upSince = (shares: readonly number[]) => day - shares.slice(0, day + 1).findLastIndex(isDark)
    const best = spares.reduce((a, b) => (upSince(b) > upSince(a) ? b : a))
    spares.splice(spares.indexOf(best), 1)
    return machine(day + 1, best)
  })
  return { machines: [machine(0, first), ...joined], weeks: [] }
}

/** Two machines; one that broke retires, and joins again under another id once it is repaired. */
export function retireAndRejoin(random: Random): Life {
  const bodies = [breaking(random), breaking(random)]
  const identities = bodies.map((shares, body) => ({ body, life: machine(0, shares) }))
  const current = [0, 1] as (number | undefined)[]
  for (let day = 1; day < DAYS - 1; day++) {
    for (const [body, shares] of bodies.entries()) {
      const wasDark = isDark(shares[day - 1])
      const known = current[body]
      if (known === undefined && !wasDark) {
        current[body] = identities.push({ body, life: machine(day, shares) }) - 1
      } else if (known !== undefined && wasDark && current[1 - body] !== undefined) {
        identities[known]!.life.retires = day
        current[body] = undefined
      }
    }
  }
  return { machines: identities.map(({ life }) => life), weeks: [] }
}

/** Watches hidden machines, joins first with the one whose last days were best, and as early as that pays. */
export function chooseByHindsight(random: Random, machines: number): Life {
  const shares = Array.from({ length: machines }, () => daysOf(uptimeDays(random, 0.95), DAYS + PAST))
  const past = (one: readonly number[]) => one.slice(0, PAST).reduce((a, b) => a + b, 0)
  const best = shares.reduce((a, b) => (past(b) > past(a) ? b : a))
  const good = best.slice(0, PAST).reduce((run, share) => (share >= 0.99 ? run + 1 : 0), 0) as 0 | 1 | 2 | 3
  return { machines: [machine(0, best, { back: good, share: (day) => best[day + PAST] })], weeks: [] }
}

export const always = (share: number) => Array<number>(DAYS).fill(share)
