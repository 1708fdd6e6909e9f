import type { Logger } from 'pino'
import { type Issuer, type IssuerStore, listStatusLists, publishStatusList } from '../issuer/index.ts'
import { isAssayError } from '../protocol/index.ts'
import {
  applyStatusUpdate,
  govern,
  keyText,
  proveKeyPossession,
  publishDue,
  type Registry,
  type RootStatement,
  readState,
  type Signer,
  type StatusUpdate,
} from '../registry/index.ts'
import { SOURCE_CAP } from './own-issuers.ts'

export interface Publisher {
  registry: Registry
  store: IssuerStore
  issuers: readonly Issuer[]
  /** Governors whose keys are at hand. */
  governors: readonly Signer[]
}

/** How often another process may be first before this one gives up. */
const ATTEMPTS = 8

/**
 * Brings the registry up to what the issuers have: trusts each list of theirs that no leaf names yet, stores each list's
 * bits, and has the root signed when it is due. Every step may have been done before, by an earlier start that
 * was killed or by another process, and doing it again changes nothing.
 */
export async function publishRegistry(publisher: Publisher): Promise<RootStatement> {
  for (const issuer of publisher.issuers) {
    for (const { list, schema } of await listStatusLists(publisher.store, issuer.did)) {
      const isTrusted = await trustList(publisher, issuer, schema, list)
      if (isTrusted) await publishList(publisher, issuer, list)
    }
  }
  return publishDue(publisher.registry)
}

/**
 * The same at a start, which waits for no other witness: they need the service to sign. It says whose signatures are missing.
 */
export async function publishAtStart(publisher: Publisher, log: Logger): Promise<void> {
  try {
    await publishRegistry(publisher)
  } catch (error) {
    if (!isAssayError(error, 'rootPending')) throw error
    log.warn(error.detail, `no root is out yet: ${error.message}`)
  }
}

/**
 * Publishes the bits of one list, to the public and to the registry, whose next root covers it. Bits that the registry has
 * already change nothing there, unless they were published without urgency and are urgent now: then they get a number of
 * their own.
 * @throws AssayError `urgentSpent`, when an urgent root is asked for and the issuer had one today: the list is published
 *   without urgency then, in the next round
 */
export function publishList(
  { registry, store }: Publisher,
  issuer: Issuer,
  list: number,
  { urgent = false }: { urgent?: boolean } = {},
): Promise<StatusUpdate> {
  const { registryId, genesis } = registry
  const request = { list, registryId, ttlSeconds: genesis.intervalSeconds, urgent }
  return whileOvertaken(async () => {
    const { update } = await publishStatusList({ issuer, store }, request, registry.clock())
    const known = await registry.store.latestUpdate(update)
    if (known?.seq !== update.seq) return applyStatusUpdate(registry, update)
    if (known.urgent || !urgent) return known
    const again = await publishStatusList({ issuer, store }, { ...request, renumber: true }, registry.clock())
    return applyStatusUpdate(registry, again.update)
  })
}

/** Whether the registry takes updates of the list afterwards: not when the governors removed its leaf. */
function trustList({ registry, governors }: Publisher, issuer: Issuer, schema: string, list: number): Promise<boolean> {
  const key = keyText(issuer.publicKey).join()
  return whileOvertaken(async () => {
    const { trust } = await readState(registry)
    const named = trust.leaves.filter((leaf) => {
      return leaf.issuer === issuer.did && leaf.list === list && leaf.key.join() === key
    })
    // a leaf that was suspended or removed stays as the governors left it
    if (named.length > 0) return named.some(({ state }) => state !== 'removed')
    const { registryId } = registry
    const claim = { registryId, issuer: issuer.did, schema, list }
    const possession = await proveKeyPossession(claim, issuer.circuitKey, issuer)
    const trusted = { issuer: issuer.did, schema, list, sourceCap: SOURCE_CAP, ...possession }
    await govern(registry, { type: 'trust', ...trusted }, governors)
    return true
  })
}

/** Of two processes that do the same thing at once, the store lets one be first: the other looks again. */
async function whileOvertaken<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      const overtaken = isAssayError(error, 'conflict') || isAssayError(error, 'sequenceStale')
      if (!overtaken || attempt === ATTEMPTS) throw error
    }
  }
}
