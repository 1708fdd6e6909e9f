import * as z from 'zod'
import { claimSchema, zSchemaUri } from '../../protocol/claim-schemas.ts'
import { AssayError } from '../../protocol/errors.ts'
import { zSeconds } from '../../protocol/field.ts'
import { horizonAt } from '../model/epochs.ts'
import { zProvedRanges, zPseudonym } from '../model/ledger.ts'
import { parseState } from '../model/serialise-state.ts'
import { decodeCursor, encodeCursor } from './directory-cursor.ts'
import type { LedgerService } from './ledger-service.ts'
import type { DirectoryFilter } from './ledger-store.ts'
import { saveState } from './record-presentation.ts'

const zPoints = z.int().min(0).max(1000)

/** A page of the directory: pseudonyms that their holders list, the highest score first. */
export const zDirectoryPage = z.strictObject({
  items: z.array(
    z.strictObject({
      pseudonym: zPseudonym,
      score: zPoints,
      lower: zPoints,
      upper: zPoints,
      /** The newest epoch that the score counts. */
      horizon: z.int(),
      /** What its devices proved they can do, each claim with its least source. It never scores. */
      capabilities: z.array(
        z.strictObject({
          devicePseudonym: zPseudonym,
          schema: zSchemaUri,
          ranges: zProvedRanges,
          provedAt: zSeconds,
          expires: zSeconds,
          scored: z.literal(false),
        }),
      ),
    }),
  ),
  /** Where the next page begins; null on the last. */
  next: z.string().nullable(),
})
export type DirectoryPage = z.output<typeof zDirectoryPage>

export interface DirectorySearch {
  minScore?: number | undefined
  /** Some device proved something under this schema … */
  schema?: string | undefined
  /** … a bound on this claim … */
  claim?: string | undefined
  /** … of at least this. */
  min?: bigint | undefined
  cursor?: string | undefined
  /** 1 to 100. Default 20. */
  limit?: number | undefined
}

/**
 * Searches the directory, page by page. Rows are in order of score, then pseudonym, and a cursor stands between two of
 * them: a row whose score stays as it is appears once, whatever changes around it.
 * @throws AssayError `malformed`
 */
export async function searchDirectory<Tx>(service: LedgerService<Tx>, search: DirectorySearch): Promise<DirectoryPage> {
  const { store, verifier } = service
  const filter = filterOf(search)
  const after = search.cursor === undefined ? {} : { after: decodeCursor(search.cursor, filter) }
  const limit = search.limit ?? 20
  await refreshStandings(service)
  const now = verifier.clock()
  const rows = await store.listed({ filter, ...after, limit: limit + 1, now })
  const page = rows.slice(0, limit)
  const known = await store.capabilities(
    page.map(({ pseudonym }) => pseudonym),
    now,
  )
  const items = page.map((row) => ({
    ...row,
    pseudonym: String(row.pseudonym),
    capabilities: known
      .filter(({ pseudonym }) => pseudonym === row.pseudonym)
      .map(({ pseudonym: _, kind: __, entryId: ___, acceptedAt: ____, ...capability }) => {
        return { ...capability, scored: false as const }
      }),
  }))
  return { items, next: rows.length > limit ? encodeCursor(page.at(-1)!, filter) : null }
}

function filterOf({ minScore = 0, schema, claim, min }: DirectorySearch): DirectoryFilter {
  if (schema === undefined) {
    if (claim === undefined && min === undefined) return { minScore }
    throw new AssayError('malformed', 'A capability is searched for by schema: claim and min go with one')
  }
  if (claim === undefined) {
    if (min === undefined) return { minScore, capability: { schema } }
    throw new AssayError('malformed', 'min is a bound on a claim: it goes with one')
  }
  if (!claimSchema(schema).claims.some((definition) => definition?.name === claim)) {
    throw new AssayError('malformed', `${schema} has no claim named ${claim}`)
  }
  return { minScore, capability: { schema, claim, ...(min === undefined ? {} : { min }) } }
}

/** So many records are scored anew in one transaction, and at most so many transactions go before a page. */
const BATCH = 100
const MAX_BATCHES = 20

/**
 * Brings the scores by which the directory sorts up to the present horizon. They change once an epoch, so most calls do
 * nothing; if a call reaches its bound, the rest waits for the next, and says of which horizon it is.
 */
export async function refreshStandings<Tx>({ store, settings, verifier }: LedgerService<Tx>): Promise<void> {
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const refreshed = await store.transaction(async (tx) => {
      const now = verifier.clock()
      const voids = (await tx.voids()).length
      const stale = await tx.lockStale({ horizon: horizonAt(settings, now), voids, limit: BATCH })
      for (const record of stale) {
        const state = parseState(record.state)
        await saveState(tx, record, state, Math.max(now, state.lastAcceptedAt))
      }
      return stale.length
    })
    if (refreshed < BATCH) return
  }
}
