import * as z from 'zod'
import { zCanonicalDid } from '../protocol/canonical-did.ts'
import { zListNumber } from '../protocol/credential.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { zSeconds } from '../protocol/field.ts'
import { jcsHash } from '../protocol/jcs.ts'
import { assertThreshold } from './assert-threshold.ts'
import { type Genesis, zRegistryId } from './genesis.ts'
import { zHash, zIntervalNumber, zSeq, zSub } from './parse-document.ts'
import { listKey, REGISTRY_SLOTS } from './registry-tree.ts'
import { zCause } from './root-statement.ts'
import { type Signer, signDocument, zDocumentSignature } from './sign-document.ts'

/** Which state of a status list belongs to a cut: its sequence number, and the hash of what the issuer signed. */
export const zCutList = z.strictObject({ issuer: zCanonicalDid, list: zListNumber, seq: zSeq, digest: zHash })
export type CutList = z.output<typeof zCutList>

/**
 * What a root covers: how far the log goes, and which state of each status list belongs to it. Cause and time of the root
 * stand in it too, so that one cut has one root statement, whoever makes it. One witness signs it as the
 * publisher; the others sign its root, and no root of another cut with the same number. Updates on their way can't split
 * honest witnesses, and an issuer that changes its list between two fetches gives no wallet a root of its own.
 */
export const zCut = z.strictObject({
  type: z.literal('AssayRegistryCut'),
  registryId: zRegistryId,
  number: zIntervalNumber,
  sub: zSub,
  logSeq: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  logHead: zHash,
  lists: z.array(zCutList).max(REGISTRY_SLOTS),
  cause: zCause.nullable(),
  issuedAt: zSeconds,
  signature: zDocumentSignature,
})
export type Cut = z.output<typeof zCut>

/** The hash that a root statement names its cut by. The signature is left out: another one makes no other cut. */
export function cutHash({ signature: _, ...body }: Cut): string {
  return jcsHash(body)
}

/** Signs a cut as its publisher, one of the genesis's witnesses. */
export async function signCut(body: Omit<Cut, 'signature'>, publisher: Signer): Promise<Cut> {
  return { ...body, signature: await signDocument(body, publisher) }
}

/**
 * A cut is made by a witness, and continues the one before: it has a higher number, its log is not shorter, and no status
 * list is missing or goes back.
 * @throws AssayError `cutInvalid`, `notEnoughSignatures`
 */
export async function assertCut(
  cut: Cut,
  previous: Cut | undefined,
  { genesis, resolveKeys }: { genesis: Genesis; resolveKeys: ResolveKeys },
): Promise<void> {
  const { signature, ...body } = cut
  const witnesses = genesis.witnesses.map(({ did }) => did)
  await assertThreshold(body, [signature], witnesses, 1, resolveKeys)
  if (previous === undefined) return
  if (!isLater(cut, previous)) refuse(cut, `it does not come after ${previous.number}.${previous.sub}`)
  if (cut.logSeq < previous.logSeq) refuse(cut, 'its log is shorter than before')
  if (cut.logSeq === previous.logSeq && cut.logHead !== previous.logHead) refuse(cut, 'its log has another head')
  const lists = new Map(cut.lists.map((list) => [listKey(list), list]))
  if (lists.size !== cut.lists.length) refuse(cut, 'it names a status list twice')
  for (const before of previous.lists) {
    const now = lists.get(listKey(before))
    if (now === undefined) refuse(cut, `it skips the status list ${listKey(before)}`)
    else if (now.seq < before.seq) refuse(cut, `the status list ${listKey(before)} goes back`)
    else if (now.seq === before.seq && now.digest !== before.digest) {
      refuse(cut, `the status list ${listKey(before)} has two states of one number`)
    }
  }
}

/** Whether (number, sub) of `a` comes after that of `b`. */
export function isLater(a: { number: number; sub: number }, b: { number: number; sub: number }): boolean {
  return a.number > b.number || (a.number === b.number && a.sub > b.sub)
}

function refuse({ number, sub }: Cut, reason: string): never {
  throw new AssayError('cutInvalid', `The cut ${number}.${sub} is not valid: ${reason}`, { number, sub })
}
