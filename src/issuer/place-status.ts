import type { RandomBytes } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { STATUS_LIST_BITS } from '../protocol/status-list.ts'
import type { IssuerTx, StatusOwner, StatusPlace } from './issuer-store.ts'

/** Places tried blindly before the list is read whole. */
const TRIES = 24

/** A place in a status list, for a set of members. `variant` counts the indices that its owner had. */
export interface ProposedPlace extends StatusPlace {
  variant: number
  members: string[]
}

/**
 * The place of an owner in the status lists: the one that it has, since renewals keep it, or a free one to propose. A
 * credential that loses members takes a fresh one, so that revoking the old leaves the new. Free places are random, so that
 * an index tells nothing of when it was given (W3C Bitstring Status List 1.0, 2.1). A proposal takes nothing yet; inserting
 * it does, and then the constraint says whether it was still free.
 * @throws AssayError `revoked`
 */
export async function placeStatus(
  tx: IssuerTx,
  owner: StatusOwner,
  members: string[],
  randomBytes: RandomBytes,
): Promise<ProposedPlace> {
  const entry = await tx.lockStatusEntry(owner)
  if (entry !== undefined) {
    // what the issuer revoked by itself, because a member left, ends with a fresh index
    const isSuperseded = entry.revocation?.by === owner.issuer
    if (!isSuperseded) assertNotRevoked(entry)
    const lost = entry.members.some((member) => !members.includes(member))
    if (!lost && !isSuperseded) return { list: entry.list, index: entry.index, variant: entry.variant, members }
  }
  const variant = entry === undefined ? 0 : entry.variant + 1
  for (;;) {
    const list = await tx.openStatusList(owner.issuer, owner.schema)
    const index = await drawFreeIndex(tx, list, randomBytes)
    if (index !== undefined) return { list, index, variant, members }
    await tx.markListFull(list)
  }
}

/** @throws AssayError `revoked`: a set bit covers every credential under it, so new credentials would be revoked on issue */
export function assertNotRevoked(entry: { revocation: unknown }): void {
  if (entry.revocation === undefined) return
  throw new AssayError('revoked', 'The issuer revoked its credentials of this schema for this device and holder')
}

async function drawFreeIndex(tx: IssuerTx, list: number, randomBytes: RandomBytes): Promise<number | undefined> {
  const drawn = Array.from({ length: TRIES }, () => drawBelow(STATUS_LIST_BITS, randomBytes))
  const taken = new Set(await tx.takenIndices(list, drawn))
  const free = drawn.find((index) => !taken.has(index))
  if (free !== undefined) return free
  const all = new Set(await tx.takenIndices(list))
  const left = Array.from({ length: STATUS_LIST_BITS }, (_, index) => index).filter((index) => !all.has(index))
  return left.length === 0 ? undefined : left[drawBelow(left.length, randomBytes)]
}

/** A uniform number below `bound` (at most 2^24), by rejection. */
function drawBelow(bound: number, randomBytes: RandomBytes): number {
  const limit = 2 ** 24 - (2 ** 24 % bound)
  for (;;) {
    const [a, b, c] = randomBytes(3)
    const value = a! * 65_536 + b! * 256 + c!
    if (value < limit) return value % bound
  }
}
