import { and, asc, desc, eq, gt, inArray, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type {
  DirectoryFilter,
  DirectoryPlace,
  LedgerRecord,
  LedgerStore,
  LedgerTx,
} from '../reputation/ledger/ledger-store.ts'
import { type SignedVoidEpoch, zSignedVoidEpoch } from '../reputation/ledger/void-epoch.ts'
import { type HardwareEntry, type LedgerEntry, zHardwareEntry, zLedgerEntry } from '../reputation/model/ledger.ts'
import { zScoreStateJson } from '../reputation/model/serialise-state.ts'
import type { Database, Db } from './database.ts'
import {
  ledgerCapabilities,
  ledgerEntries,
  ledgerSessions,
  ledgerSettings,
  ledgers,
  voidEpochs,
} from './schema/reputation.ts'

/** The reputation ledger in the database. It shares its transactions with the acceptance store. */
export function createLedgerStore({ db, transaction }: Database): LedgerStore<Db> {
  return {
    within: ledgerTx,
    transaction: (work) => transaction((tx) => work(ledgerTx(tx))),

    async settings(initial) {
      await db
        .insert(ledgerSettings)
        .values({ id: 1, ...initial })
        .onConflictDoNothing()
      const { epochSeconds, genesisEpoch } = ledgerSettings
      const [row] = await db.select({ epochSeconds, genesisEpoch }).from(ledgerSettings)
      return row!
    },

    async entries(pseudonym, t) {
      const rows = await db
        .select({ document: ledgerEntries.document })
        .from(ledgerEntries)
        .where(and(eq(ledgerEntries.pseudonym, pseudonym), lte(ledgerEntries.acceptedAt, t)))
      return rows.map(({ document }) => zLedgerEntry.parse(document))
    },

    voids: () => readVoids(db),

    listed: ({ filter, after, limit, now }) =>
      db
        .select({
          pseudonym: ledgers.pseudonym,
          score: ledgers.score,
          lower: ledgers.lower,
          upper: ledgers.upper,
          horizon: ledgers.horizon,
        })
        .from(ledgers)
        .where(and(eq(ledgers.listed, true), matches(filter, now), after && comesAfter(after)))
        .orderBy(desc(ledgers.score), asc(ledgers.pseudonym))
        .limit(limit),

    async capabilities(pseudonyms, now) {
      if (pseudonyms.length === 0) return []
      const rows = await db
        .select()
        .from(ledgerCapabilities)
        .where(and(inArray(ledgerCapabilities.pseudonym, [...pseudonyms]), gt(ledgerCapabilities.expires, now)))
        .orderBy(ledgerCapabilities.pseudonym, ledgerCapabilities.devicePseudonym, ledgerCapabilities.schema)
      return rows.map(({ pseudonym, devicePseudonym, ...row }) => {
        const entry = zHardwareEntry.parse({ kind: 'hardware', ...row, devicePseudonym: String(devicePseudonym) })
        return { ...entry, pseudonym }
      })
    },
  }
}

function matches({ minScore, capability }: DirectoryFilter, now: number): SQL | undefined {
  const enough = sql`${ledgers.score} >= ${minScore}`
  if (capability === undefined) return enough
  const { schema, claim, min = 0n } = capability
  const bound = sql`(${ledgerCapabilities.ranges} -> ${claim}::text ->> 'min')::numeric`
  const conditions = and(
    eq(ledgerCapabilities.pseudonym, ledgers.pseudonym),
    eq(ledgerCapabilities.schema, schema),
    gt(ledgerCapabilities.expires, now),
    // without such a bound this is null, and the row is left out
    claim === undefined ? undefined : sql`${bound} >= ${String(min)}::numeric`,
  )
  return and(enough, sql`exists (select 1 from ${ledgerCapabilities} where ${conditions})`)
}

function comesAfter({ score, pseudonym }: DirectoryPlace): SQL | undefined {
  return or(lt(ledgers.score, score), and(eq(ledgers.score, score), gt(ledgers.pseudonym, pseudonym)))
}

function ledgerTx(tx: Db): LedgerTx {
  return { ...records(tx), ...sessions(tx), ...voids(tx), addEntries: (...args) => addEntries(tx, ...args) }
}

const recordColumns = { pseudonym: ledgers.pseudonym, state: ledgers.state, listed: ledgers.listed }

function records(tx: Db): Pick<LedgerTx, 'lock' | 'lockOrCreate' | 'save' | 'lockStale'> {
  const lock = async (pseudonym: bigint) => {
    const rows = await tx.select(recordColumns).from(ledgers).where(eq(ledgers.pseudonym, pseudonym)).for('update')
    return rows[0] && recordOf(rows[0])
  }
  return {
    lock,
    async lockOrCreate(record) {
      const standing = { score: 0, lower: 0, upper: 0, horizon: -1, voids: 0 }
      await tx
        .insert(ledgers)
        .values({ ...record, state: JSON.stringify(record.state), ...standing })
        .onConflictDoNothing()
      return (await lock(record.pseudonym))!
    },
    async save({ pseudonym, state, listed }, standing) {
      const row = { state: JSON.stringify(state), listed, ...standing }
      await tx.update(ledgers).set(row).where(eq(ledgers.pseudonym, pseudonym))
    },
    async lockStale({ horizon, voids: known, limit }) {
      const rows = await tx
        .select(recordColumns)
        .from(ledgers)
        .where(and(eq(ledgers.listed, true), or(lt(ledgers.horizon, horizon), lt(ledgers.voids, known))))
        .limit(limit)
        .for('update', { skipLocked: true })
      return rows.map(recordOf)
    },
  }
}

function recordOf({ state, ...row }: { pseudonym: bigint; state: string; listed: boolean }): LedgerRecord {
  return { ...row, state: zScoreStateJson.parse(JSON.parse(state)) }
}

async function addEntries(tx: Db, pseudonym: bigint, entries: readonly LedgerEntry[]): Promise<boolean> {
  for (const entry of entries) {
    const { entryId, kind, acceptedAt } = entry
    const row = { entryId, pseudonym, kind, acceptedAt, document: entry, ...constrained(entry) }
    const inserted = await tx
      .insert(ledgerEntries)
      .values(row)
      .onConflictDoNothing()
      .returning({ entryId: ledgerEntries.entryId })
    if (inserted.length === 0) return false
    if (kind === 'hardware') await setCapability(tx, pseudonym, entry)
  }
  return true
}

function constrained(entry: LedgerEntry) {
  if (entry.kind === 'jobs') return { marketplace: entry.marketplace, epoch: entry.week }
  const devicePseudonym = BigInt(entry.devicePseudonym)
  return entry.kind === 'uptime' ? { devicePseudonym, epoch: entry.epoch } : { devicePseudonym }
}

/** An older proof never takes a newer one's place; of two of one moment, the one whose id sorts first stays, as in the model. */
async function setCapability(tx: Db, pseudonym: bigint, { kind: _, ...entry }: HardwareEntry): Promise<void> {
  const { devicePseudonym, schema, ...values } = entry
  const { provedAt, entryId } = ledgerCapabilities
  await tx
    .insert(ledgerCapabilities)
    .values({ pseudonym, devicePseudonym: BigInt(devicePseudonym), schema, ...values })
    .onConflictDoUpdate({
      target: [ledgerCapabilities.pseudonym, ledgerCapabilities.devicePseudonym, ledgerCapabilities.schema],
      set: values,
      setWhere: sql`${provedAt} < ${values.provedAt} or (${provedAt} = ${values.provedAt} and ${entryId} collate "C" > ${values.entryId})`,
    })
}

function sessions(tx: Db): Pick<LedgerTx, 'addSession' | 'hasSession'> {
  return {
    async addSession(pseudonym, thumbprint) {
      await tx.insert(ledgerSessions).values({ pseudonym, thumbprint }).onConflictDoNothing()
    },
    async hasSession(pseudonym, thumbprint) {
      const rows = await tx
        .select({ pseudonym: ledgerSessions.pseudonym })
        .from(ledgerSessions)
        .where(and(eq(ledgerSessions.pseudonym, pseudonym), eq(ledgerSessions.thumbprint, thumbprint)))
      return rows.length > 0
    },
  }
}

function voids(tx: Db): Pick<LedgerTx, 'voids' | 'addVoid'> {
  return {
    voids: () => readVoids(tx),
    async addVoid({ signature: { signer, value }, ...statement }) {
      const inserted = await tx
        .insert(voidEpochs)
        .values({ ...statement, signer, signature: value })
        .onConflictDoNothing()
        .returning({ epoch: voidEpochs.epoch })
      return inserted.length > 0
    },
  }
}

async function readVoids(db: Db): Promise<SignedVoidEpoch[]> {
  const rows = await db.select().from(voidEpochs).orderBy(voidEpochs.epoch)
  return rows.map(({ signer, signature, ...statement }) => {
    return zSignedVoidEpoch.parse({ ...statement, signature: { signer, value: signature } })
  })
}
