import type { RandomBytes } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { STATUS_LIST_BITS } from '../protocol/status-list.ts'
import type { IssuerTx, StatusOwner, StatusPlace } from './issuer-store.ts'

/** Places tried blindly before the list is read whole. */
const TRIES = 24

/**
 * The place of a (issuer, schema, binding) in the status lists: the one it has, since renewals keep it, or a free one to
 * propose. Free places are drawn at random, so that an index tells nothing of when it was given (W3C Bitstring Status List
 * 1.0, 2.1). A proposal takes nothing yet; inserting it does, and then the constraint says whether it was still free.
 * @throws AssayError `revoked`
 */
export async function placeStatus(tx: IssuerTx, owner: StatusOwner, randomBytes: RandomBytes): Promise<StatusPlace> {
  const entry = await tx.lockStatusEntry(owner)
  if (entry !== undefined) {
    assertNotRevoked(entry)
    return { list: entry.list, index: entry.index }
  }
  for (;;) {
    const list = await tx.openStatusList(owner.issuer, owner.schema)
    const index = await drawFreeIndex(tx, list, randomBytes)
    if (index !== undefined) return { list, index }
    await tx.markListFull(list)
  }
}

/** @throws AssayError `revoked`: a set bit covers every credential of that binding, so a new one would be born dead */
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
