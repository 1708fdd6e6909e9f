import type { CredentialJson } from '../protocol/credential.ts'

/** How values were obtained, in words that a person can judge. A self-reported value is never called anything else. */
export type EvidenceNotes = CredentialJson['evidence']

const SELF_REPORTED = {
  type: 'SelfReportedInspection',
  description:
    "Claims of source selfReported are what the machine's own agent stated. Nobody measured or attested them.",
}

/** What a machine's agent said. */
export function inspectionNotes(): EvidenceNotes {
  return [SELF_REPORTED]
}

/** Throughput was measured on the CPU; the rest is what the agent said. */
export function measurementNotes(measured: {
  n: number
  layers: number
  seconds: number
  mops: number
}): EvidenceNotes {
  const { n, layers, seconds, mops } = measured
  return [
    {
      type: 'TimedMatrixChallenge',
      description:
        `Measured: gops, a lower bound. A timed matrix challenge (MM-1, n = ${n}, ${layers} layers) was answered ` +
        `under the machine's agent key in ${seconds} s, which takes at least ${mops} million integer operations a second. ` +
        'It measures the machine by its processor, not a GPU, its model, its place or exclusive use.',
    },
    SELF_REPORTED,
  ]
}

/** What monitors saw of a machine's agent in one epoch. `root` is the receipts' Merkle root, hex. */
export function heartbeatNotes(monitors: number, root: string): EvidenceNotes {
  return [
    {
      type: 'Heartbeats',
      description:
        `Observed by ${monitors} monitor${monitors === 1 ? '' : 's'}: the machine's agent key answered challenges at ` +
        'unforeseeable moments of the epoch. It shows that the key was online, not that the machine did any work. ' +
        `Root of the receipts: ${root}`,
    },
  ]
}
