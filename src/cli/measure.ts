import { z } from 'zod'
import {
  answerChallenge,
  challengeOperations,
  type MatrixChallenge,
  openWorkerBackend,
  zMatrixChallenge,
  zMatrixSamples,
} from '../evidence/index.ts'
import type { MachineAgent, ServiceClient } from '../holder/index.ts'
import { AssayError, didSignerFromKey } from '../protocol/index.ts'

/** What this machine is ready to compute for an issuer: some minutes of a slow processor, and memory that any has. */
const LIMITS = { operations: 500_000_000_000n, bytes: 1_073_741_824, deadlineMs: 900_000 }

const zPassed = z.object({ ok: z.literal(true), seconds: z.number(), mops: z.int() })

export interface Measured {
  challengeId: string
  /** From the challenge to the commitment, by the issuer's clock. */
  seconds: number
  /** Million integer operations a second: a lower bound. */
  mops: number
  n: number
  layers: number
}

/**
 * Has the service measure this machine by MM-1 on the processor: asks for a challenge under the agent's key, answers it,
 * opens the rows that are named.
 * @throws AssayError `evidenceRejected` when the challenge asks for absurdly much, and the service's refusals
 */
export async function measureMachine(
  client: ServiceClient,
  { device, agentKey }: Pick<MachineAgent, 'device' | 'agentKey'>,
  tell: (text: string) => void,
): Promise<Measured> {
  const signer = didSignerFromKey(agentKey.exportPrivateKey())
  // worker processes start before the clock does
  const backend = await openWorkerBackend()
  try {
    const challenge = zMatrixChallenge.parse(await client.requestChallenge(device, signer))
    assertReasonable(challenge)
    const { commitment, open } = await answerChallenge(challenge, {
      agentKey: agentKey.publicKey,
      sign: agentKey.sign,
      device,
      multiply: backend.multiply,
      onLayer: (done, total) => tell(`Multiplying matrices: ${done} of ${total}`),
    })
    const { samples } = zMatrixSamples.parse(await client.commit(commitment))
    const { seconds, mops } = zPassed.parse(await client.open(open(samples)))
    return { challengeId: challenge.id, seconds, mops, n: challenge.n, layers: challenge.layers }
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
