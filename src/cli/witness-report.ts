import type { AssayError } from '../protocol/index.ts'
import type { Genesis, RootStatement } from '../registry/index.ts'
import { moment, short } from './format.ts'
import { rootName } from './read-registry.ts'
import type { Voice } from './run-action.ts'

/** What a running witness tells: lines for people, or with --json one JSON object a line. */
export interface WitnessReport {
  started: (facts: Started) => void
  signed: (statement: RootStatement) => void
  /** The witness does not sign what the service has. The same refusal is told once. */
  refused: (error: AssayError, evidence?: string) => void
  /** The service can't be reached. Told once until it is back. */
  away: (error: AssayError) => void
  back: () => void
}

export interface Started {
  did: string
  address: string
  url: string
  registryId: string
  pin: 'flag' | 'state' | 'service'
  genesis: Genesis
  firstNumber: number
  clockConfirmed: boolean
}

/** What someone can do about a refusal of a witness. */
const ADVICE: Record<string, string> = {
  clockJumped: 'THE CLOCK OF THIS MACHINE WAS MOVED. Set it right; if it is right, start again with --confirm-clock.',
  rootConflict: 'THE SERVICE HAS TWO CUTS OF ONE NUMBER, and this witness signs one only.',
  rootFromFuture: "Compare this machine's clock with the service's.",
  registryStale: "The service publishes no roots, or its clock or this machine's is wrong.",
}

export function createWitnessReport(voice: Voice): WitnessReport {
  const { bold, red, yellow, green, dim } = voice.colours
  const tell = (event: string, facts: object) => {
    if (voice.json) process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`)
  }
  let threshold = 0
  let refusal = ''
  let isAway = false
  return {
    started: ({ genesis, ...facts }) => {
      const { registryId, pin, firstNumber, did, address, url } = facts
      threshold = genesis.witnessThreshold
      tell('started', { ...facts, witnesses: genesis.witnesses.length, threshold })
      voice.say(`Witness ${bold(did)}, account ${address}`)
      voice.say(`Registry ${bold(registryId)} at ${url}: ${threshold} of ${genesis.witnesses.length} witnesses sign`)
      if (pin === 'service') {
        voice.say(
          yellow(`THIS REGISTRY ID IS PINNED from now on, on the word of ${url}. Compare it with the published one.`),
        )
      }
      if (facts.clockConfirmed) voice.say('You confirmed the clock: the next roots are measured against this moment.')
      if (firstNumber > 0) {
        const from = moment(firstNumber * genesis.intervalSeconds)
        voice.say(`The state is new, so it signs from root ${firstNumber} on (${from} UTC).`)
      }
      voice.say(dim('Ctrl-C ends it.'))
    },
    signed: (statement) => {
      const { number, sub, root, logHead, issuedAt } = statement
      const signatures = statement.signatures.length
      refusal = ''
      tell('signed', { number, sub, root, logHead, issuedAt, signatures, threshold })
      const count = `${signatures} of the ${threshold} signatures that it needs`
      voice.say(`Root ${rootName(statement)} ${green('signed')}: ${short(root)}; it has ${count}`)
    },
    refused: ({ code, message, detail }, evidence) => {
      const text = `${code} ${message}`
      if (text === refusal) return
      refusal = text
      tell('refused', { code, message, detail, ...(evidence !== undefined && { evidence }) })
      voice.note(`${red('NOT SIGNED')} (${code}): ${message}`)
      if (ADVICE[code] !== undefined) voice.note(ADVICE[code])
      if (evidence !== undefined) {
        voice.note(`The evidence is in ${evidence}. Publish it: assay registry conflicts --report ${evidence}`)
      }
    },
    away: ({ code, message }) => {
      if (isAway) return
      isAway = true
      tell('away', { code, message })
      voice.note(`${message}. It tries again until the service is back.`)
    },
    back: () => {
      if (!isAway) return
      isAway = false
      tell('back', {})
      voice.note('The service is back.')
    },
  }
}
