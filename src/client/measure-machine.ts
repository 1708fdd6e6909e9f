import { answerChallenge } from '../evidence/mm1/answer-challenge.ts'
import type { MatrixChallenge } from '../evidence/mm1/messages.ts'
import type { MultiplyBackend } from '../evidence/mm1/multiply-matrices.ts'
import { challengeOperations } from '../evidence/mm1/parameters.ts'
import type { MachineAgent } from '../holder/index.ts'
import { didSignerFromKey } from '../protocol/did-signer.ts'
import { AssayError } from '../protocol/errors.ts'
import type { Session } from './session.ts'

/** What this machine is ready to compute for an issuer: some minutes of a slow processor, and memory that any has. */
const LIMITS = { operations: 500_000_000_000n, bytes: 1_073_741_824, deadlineMs: 900_000 }

export interface Measured {
  challengeId: string
  /** From the challenge to the commitment, by the issuer's clock. */
  seconds: number
  /** Million integer operations a second: a lower bound. */
  mops: number
  n: number
  layers: number
}

/** Multiplies matrices on this machine, until it is closed. */
export type OpenBackend = () => Promise<{ multiply: MultiplyBackend; close: () => Promise<void> }>

/**
 * Has the service measure this machine by MM-1: asks for a challenge under the agent's key, answers it, opens the rows that
 * are named.
 * @throws AssayError `evidenceRejected` when the challenge asks for absurdly much, and the service's refusals
 */
export async function measureMachine(
  { client, tell }: Pick<Session, 'client' | 'tell'>,
  { device, agentKey }: Pick<MachineAgent, 'device' | 'agentKey'>,
  openBackend: OpenBackend,
): Promise<Measured> {
  const signer = didSignerFromKey(agentKey.exportPrivateKey())
  // it is ready before the clock starts
  const backend = await openBackend()
  try {
    const challenge = await client.requestChallenge(device, signer)
    assertReasonable(challenge)
    const { id: challengeId, n, layers } = challenge
    const { commitment, open } = await answerChallenge(challenge, {
      agentKey: agentKey.publicKey,
      sign: agentKey.sign,
      device,
      multiply: backend.multiply,
      onLayer: (done, total) => tell({ kind: 'measuring', done, total }),
    })
    const { samples } = await client.commit(commitment)
    const { seconds, mops } = await client.open(open(samples))
    const measured = { challengeId, seconds, mops, n, layers }
    tell({ kind: 'measured', mops, seconds })
    return measured
  } finally {
    await backend.close()
  }
}

/** @throws AssayError `evidenceRejected`: nobody may keep this machine busy at will */
export function assertReasonable({ n, layers, deadlineMs }: MatrixChallenge, nowMs: number = Date.now()): void {
  const refuse = (reason: string): never => {
    throw new AssayError('evidenceRejected', `The service's challenge is refused: ${reason}`, { n, layers })
  }
  if (challengeOperations(n, layers) > LIMITS.operations) refuse('it would keep this machine busy for many minutes')
  if (4 * layers * n * n > LIMITS.bytes) refuse('it would take more than a gigabyte of memory')
  if (deadlineMs > nowMs + LIMITS.deadlineMs) refuse('its deadline lies more than 15 minutes ahead')
}
