import { AssayError } from '../protocol/errors.ts'
import { CLOCK_SKEW_SECONDS } from './root-statement.ts'

/** A clock that nobody sets: seconds since this machine booted, sleep included, and a name for that boot. */
export interface BootClock {
  boot: string
  seconds: number
}

/** What a witness keeps of the last root that it signed: its number, and the boot clock at that moment. */
export interface WitnessMark extends BootClock {
  number: number
}

/**
 * Refuses to sign for an interval that lies further from the last signed one than the boot clock allows: the wall clock was
 * moved. A witness that signed a time to come would have nothing to sign once that time is here. After a restart of the
 * machine there is nothing to compare with.
 *
 * `confirming` is how many other witnesses have signed this number or a later one; enough of them outweigh the own boot
 * clock.
 * @throws AssayError `clockJumped`
 */
export function assertClock(
  last: WitnessMark | undefined,
  { number, now }: { number: number; now: BootClock },
  { intervalSeconds, confirming, threshold }: { intervalSeconds: number; confirming: number; threshold: number },
): void {
  if (last === undefined || last.boot !== now.boot) return
  const claimed = (number - last.number) * intervalSeconds
  const passed = now.seconds - last.seconds
  // the last one may have been signed at any moment of its interval
  const allowed = passed + intervalSeconds + CLOCK_SKEW_SECONDS
  if (claimed <= allowed || (threshold > 1 && confirming >= threshold - 1)) return
  throw new AssayError(
    'clockJumped',
    `The clock says that ${claimed} s have passed since root ${last.number}, and the machine ran for ${Math.floor(passed)} s: ` +
      'set the clock right, or confirm it',
    { number, last: last.number },
  )
}
