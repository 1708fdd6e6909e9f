import { AssayError } from '../protocol/errors.ts'
import { emptyStatusList, encodeStatusList, revokeIndex } from '../protocol/status-list.ts'
import { type StatusUpdate, signStatusUpdate } from '../registry/status-update.ts'
import type { Issuer } from './issuer.ts'
import type { IssuerStore, IssuerTx, StatusList } from './issuer-store.ts'
import { signStatusListCredential } from './status-list-credential.ts'

export interface PublishedStatusList {
  /** For the registry: take it when its `seq` is above the one the registry has. */
  update: StatusUpdate
  /** For everyone else: the BitstringStatusListCredential as `vc+jwt`. */
  jwt: string
}

/**
 * Publishes the bits of a list as they are in the database now. The sequence number grows when, and only when, the bits
 * changed since the last time; it is stored with them in one transaction under a lock on the list, so that of two
 * publishers at once the later one's bits include the earlier one's. Publishing unchanged bits gives the same update
 * again, which a registry that missed it can still take. Nothing is signed that is not stored yet.
 * @param request `registryId` names the registry that the update is for; `ttlSeconds` is the interval of its roots; `urgent`
 * asks for an urgent root; `renumber` gives unchanged bits a new sequence number, because one number has one update
 * @throws AssayError `notFound` for a list that this issuer does not have
 */
export async function publishStatusList(
  { issuer, store }: { issuer: Issuer; store: IssuerStore },
  request: { list: number; registryId: string; ttlSeconds: number; urgent?: boolean; renumber?: boolean },
  now: number,
): Promise<PublishedStatusList> {
  const { list, registryId, ttlSeconds, urgent = false, renumber = false } = request
  const { bits, ...state } = await store.transaction((tx) => storeBits(tx, issuer.did, list, renumber))
  const { schema, seq } = state
  return {
    update: await signStatusUpdate({ registryId, schema, list, seq, bits, urgent }, issuer),
    jwt: await signStatusListCredential(issuer, state, now, ttlSeconds),
  }
}

async function storeBits(
  tx: IssuerTx,
  issuer: string,
  list: number,
  renumber: boolean,
): Promise<StatusList & { bits: Uint8Array }> {
  const before = await tx.lockStatusList(list)
  if (before?.issuer !== issuer) throw unknownList(list)
  const revoked = await tx.revokedIndices(list)
  const bits = revoked.reduce(revokeIndex, emptyStatusList())
  const encodedList = encodeStatusList(bits)
  const seq = encodedList === before.encodedList && !renumber ? before.seq : before.seq + 1
  if (seq !== before.seq) await tx.publishList(list, seq, encodedList)
  return { ...before, seq, encodedList, bits }
}

/** The issuer's list for a schema that still has room, opened if there is none: the registry must trust it by number. */
export function openStatusList(store: IssuerStore, issuer: string, schema: string): Promise<number> {
  return store.transaction((tx) => tx.openStatusList(issuer, schema))
}

/** A list as it was published last, whoever's it is. @throws AssayError `notFound` */
export async function readStatusList(store: IssuerStore, list: number): Promise<StatusList> {
  const found = await store.transaction((tx) => tx.findStatusList(list))
  if (found === undefined) throw unknownList(list)
  return found
}

/** Every list, of one issuer or of all: what is to be published, and trusted by the registry. */
export function listStatusLists(store: IssuerStore, issuer?: string): Promise<StatusList[]> {
  return store.transaction((tx) => tx.statusLists(issuer))
}

function unknownList(list: number): AssayError {
  return new AssayError('notFound', `There is no status list ${list} here`, { list })
}
