import { COMPUTE, claimSchema } from '../protocol/claim-schemas.ts'
import type { CredentialJson } from '../protocol/credential.ts'

/** How a value was come by, in words that a person can judge. A self-reported value is never called anything else. */
export type EvidenceNotes = CredentialJson['evidence']

/** All values are what the device's agent said. */
export function inspectionNotes(): EvidenceNotes {
  return [
    {
      type: 'SelfReportedInspection',
      description:
        "Self-reported: every value is what the device's own agent stated. Nothing was measured or attested.",
    },
  ]
}

/** Throughput was measured on the CPU; which values remain self-reported is spelt out. */
export function measurementNotes(measured: {
  n: number
  layers: number
  seconds: number
  mops: number
}): EvidenceNotes {
  const { n, layers, seconds, mops } = measured
  const others = claimSchema(COMPUTE).claims.flatMap((claim) => (claim === null ? [] : [claim.name]))
  const reported = others.filter((name) => !['integerMops', 'memoryMBps', 'assurance', 'model'].includes(name))
  return [
    {
      type: 'TimedMatrixChallenge',
      description:
        `Measured: integerMops, a lower bound. A timed matrix challenge (MM-1, n = ${n}, ${layers} layers) was answered ` +
        `under the device's agent key in ${seconds} s, which takes at least ${mops} million integer operations a second. ` +
        'It measures the machine, not a GPU, its model, its place or exclusive use.',
    },
    {
      type: 'SelfReportedInspection',
      description: `Self-reported, not measured: ${reported.join(', ')}. Not examined, stated as 0: model, memoryMBps.`,
    },
  ]
}

/** What monitors saw of a device's agent in one epoch. `root` is the receipts' Merkle root, hex. */
export function heartbeatNotes(monitors: number, root: string): EvidenceNotes {
  return [
    {
      type: 'Heartbeats',
      description:
        `Observed by ${monitors} monitor${monitors === 1 ? '' : 's'}: the device's agent key answered challenges at ` +
        'unforeseeable moments of the epoch. It shows that the key was online, not that the device did any work. ' +
        `Root of the receipts: ${root}`,
    },
  ]
}
