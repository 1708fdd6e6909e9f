import * as z from 'zod'
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts'
import { AssayError } from '../../protocol/errors.ts'
import { jcs, jcsBytes, jcsHash } from '../../protocol/jcs.ts'
import { zPseudonym } from '../model/ledger.ts'
import type { DirectoryFilter, DirectoryPlace } from './ledger-store.ts'

/** A place, and the search that it belongs to. */
const zCursor = z.strictObject({
  score: z.int().min(0).max(1000),
  pseudonym: zPseudonym,
  search: z.string().length(43),
})

/** The text with which a search goes on after a row. It is opaque to callers. */
export function encodeCursor({ score, pseudonym }: DirectoryPlace, filter: DirectoryFilter): string {
  return toBase64url(jcsBytes({ score, pseudonym: String(pseudonym), search: nameOf(filter) }))
}

/** @throws AssayError `malformed` when the text is no cursor of this search */
export function decodeCursor(text: string, filter: DirectoryFilter): DirectoryPlace {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64url(text)))
    const { score, pseudonym, search } = zCursor.parse(json)
    if (search === nameOf(filter)) return { score, pseudonym: BigInt(pseudonym) }
  } catch (cause) {
    throw new AssayError('malformed', 'The cursor is not one that a search of the directory gave', {}, cause)
  }
  throw new AssayError('malformed', 'The cursor belongs to another search of the directory')
}

function nameOf({ minScore, capability }: DirectoryFilter): string {
  const { schema = null, claim = null, min = null } = capability ?? {}
  return jcsHash(jcs([minScore, schema, claim, min === null ? null : String(min)]))
}
