import type { ChallengeState, IssuedChallenge } from '../evidence/index.ts'

/** Where MM-1 challenges wait for their answers, whichever process takes them. */
export interface ChallengeStore {
  /** Keeps a new challenge. */
  add(state: IssuedChallenge): Promise<void>
  find(id: string): Promise<ChallengeState | undefined>
  /** How many challenges of an agent key (hex), issued since that moment in milliseconds, are not closed. */
  countOpen(agentKey: string, issuedSinceMs: number): Promise<number>
  /** Puts a state in the place of the one with status `from`; false, and nothing changes, when that has moved on. */
  replace(state: ChallengeState, from: 'issued' | 'committed'): Promise<boolean>
  /** Forgets challenges issued before that moment, in milliseconds. */
  prune(issuedBeforeMs: number): Promise<void>
}
