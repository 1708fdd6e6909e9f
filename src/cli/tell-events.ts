import type { ClientEvent, Tell } from '../client/index.ts'
import { fitWords } from '../holder/index.ts'
import { UPTIME } from '../protocol/index.ts'
import { clock } from './effects.ts'
import { claimLines, credentialResult, moment, percent, short, span } from './format.ts'
import type { Voice } from './run-action.ts'

type EventOf<Kind extends ClientEvent['kind']> = Extract<ClientEvent, { kind: Kind }>

/** Shows a client's events to a person: results as lines, and what goes on as the text of the spinner. */
export function tellEvents(voice: Voice, show: (text: string) => void): Tell {
  const timeLeft = createEstimate()
  return (event) => {
    if (event.kind === 'measuring') show(`Multiplying matrices: ${event.done} of ${event.total}`)
    if (event.kind === 'measured') show('Asking for credentials')
    if (event.kind === 'epoch') {
      const { epoch, done, total } = event
      show(`Proving the uptime of epoch ${epoch}: ${done + 1} of ${total}${timeLeft(done, total)}`)
    }
    const tell = results[event.kind] as ((voice: Voice, event: ClientEvent) => void) | undefined
    tell?.(voice, event)
  }
}

const results: { [Kind in ClientEvent['kind']]?: (voice: Voice, event: EventOf<Kind>) => void } = {
  measured: ({ say }, { mops, seconds }) => {
    say(`Measured: at least ${mops} million integer operations a second (${seconds} s for the challenge).`)
  },
  memberLeftOut: ({ note }, { reason, availableAt }) => {
    const later = availableAt === undefined ? '' : `, at the earliest ${moment(availableAt)} UTC`
    note(`${reason.message}. It is left out; enroll again for it${later}.`)
  },
  gpusSelfReported: ({ say, note }, { issued }) => {
    say('That is the machine by its processor. Its GPUs stay self-reported: nothing has measured them.')
    if (!issued) note('This service issues no credentials of self-reported claims, so you get none for the GPUs.')
  },
  credential: ({ say, colours }, { held }) => {
    // what its epoch proves is told when it is proved
    if (held.credential.schema === UPTIME) return
    const { title, issuer } = credentialResult(held, clock())
    say(`Credential “${title}” by ${short(issuer)}`)
    for (const line of claimLines(held.credential)) say(colours.dim(`  ${line}`))
  },
  considered: tellRequest,
  joined: ({ say }, { device, joinEpoch }) => {
    say(`Device ${short(device)} is in the ledger: its uptime counts from epoch ${joinEpoch} on`)
  },
  notJoined: ({ say }, { device }) => {
    say(`Device ${short(device)}: no uptime of the last epochs can be proved yet, and with one it joins the ledger`)
  },
  epochProved: ({ say }, { device, epoch, rungMicro }) => {
    say(`Epoch ${epoch}: proved up for at least ${percent(rungMicro)} of it (device ${short(device)})`)
  },
  epochEmpty: ({ say }, { epoch, reason }) => say(`Epoch ${epoch}: nothing to prove (${reason})`),
  jobsProved: ({ say }, { marketplace, week }) => say(`Jobs at ${marketplace}, week ${week}: proved`),
}

function tellRequest({ note, colours }: Voice, { request, consideration }: EventOf<'considered'>): void {
  const { asks, reveals, warnings } = consideration.description
  note(asks)
  note('The answer reveals:')
  for (const line of reveals) note(`  - ${line}`)
  if (consideration.reason === undefined && consideration.fit !== undefined) {
    const { did } = request.audience
    note(`Of all machines, ${fitWords(consideration.fit)} would still fit what ${short(did)} knows then.`)
  }
  for (const { message } of warnings) note(colours.yellow(`  ! ${message}`))
}

/** Estimates the time left, by the time that those before took. */
function createEstimate(): (done: number, total: number) => string {
  let begin = performance.now()
  return (done, total) => {
    if (done === 0) {
      begin = performance.now()
      return ''
    }
    const seconds = ((performance.now() - begin) / 1000 / done) * (total - done)
    return `, ${span(Math.max(1, seconds))} left`
  }
}
