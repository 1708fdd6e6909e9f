import { AssayError, jcs, type ProofRequest } from '../protocol/index.ts'
import {
  type Acceptance,
  type AcceptanceOutcome,
  type AcceptanceStore,
  audienceName,
  type IssuedRequest,
} from './acceptance-store.ts'
import { sameRequest } from './same-request.ts'

type Row = Omit<IssuedRequest, 'acceptance'> & {
  acceptance?: { recipient: string; presentationHash: string; answer: string }
}

/**
 * Nonces and replay keys in memory: for a dapp of one process, for browsers and for tests. What was accepted is
 * forgotten with the process; then its replay keys are, too.
 */
export function createMemoryStore(): AcceptanceStore<undefined> {
  const rows = new Map<string, Row>()
  const replayKeys = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()

  const keyOf = (audience: string, nonce: string) => jcs([audience, nonce])

  async function issue(request: ProofRequest): Promise<void> {
    const key = keyOf(audienceName(request.audience), request.nonce)
    const known = rows.get(key)
    if (known === undefined) rows.set(key, { request })
    else if (!sameRequest(known.request, request)) {
      throw new AssayError('conflict', 'The nonce stands for another proof request')
    }
  }

  async function find(audience: string, nonce: string): Promise<IssuedRequest | undefined> {
    const row = rows.get(keyOf(audience, nonce))
    if (row?.acceptance === undefined) return row && { request: row.request }
    return { request: row.request, acceptance: { ...row.acceptance, answer: JSON.parse(row.acceptance.answer) } }
  }

  /** Acceptances run one after another, since `work` may await between the checks and the writes. */
  function accept(acceptance: Acceptance, work: (tx: undefined) => Promise<unknown>): Promise<AcceptanceOutcome> {
    const next = last.then(() => acceptAlone(acceptance, work))
    last = next.catch(() => undefined)
    return next
  }

  async function acceptAlone(
    { audience, nonce, recipient, presentationHash, purpose, replay }: Acceptance,
    work: (tx: undefined) => Promise<unknown>,
  ): Promise<AcceptanceOutcome> {
    const row = rows.get(keyOf(audience, nonce))
    if (row === undefined) return { outcome: 'nonceUnknown' }
    if (row.acceptance !== undefined) return outcomeOfUsed(row.acceptance, recipient, presentationHash)
    const keys = (replay?.keys ?? []).map((key) => jcs([audience, purpose, replay!.period, String(key)]))
    if (keys.some((key) => replayKeys.has(key))) return { outcome: 'replayed' }
    const answer = JSON.stringify(await work(undefined))
    row.acceptance = { recipient, presentationHash, answer }
    for (const key of keys) replayKeys.add(key)
    return { outcome: 'accepted', answer: JSON.parse(answer) }
  }

  async function prune({ unanswered, answered }: { unanswered: number; answered: number }): Promise<number> {
    const old = [...rows].filter(([, { request, acceptance }]) => {
      return request.expiresAt < (acceptance === undefined ? unanswered : answered)
    })
    for (const [key] of old) rows.delete(key)
    return old.length
  }

  return { issue, find, accept, prune }
}

/** What a nonce that was used says to its next user: only the very same presentation gets the stored answer. */
function outcomeOfUsed(used: Required<Row>['acceptance'], recipient: string, hash: string): AcceptanceOutcome {
  const same = used.recipient === recipient && used.presentationHash === hash
  return same ? { outcome: 'retry', answer: JSON.parse(used.answer) } : { outcome: 'nonceUsed' }
}
