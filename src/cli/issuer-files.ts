import { mkdir } from 'node:fs/promises'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'
import { createIssuer, type Issuer } from '../issuer/index.ts'
import {
  AssayError,
  didSignerFromKey,
  isAssayError,
  jobsSchema,
  SOURCE_LEVEL,
  STATUS_LIST_BITS,
  zField,
  zHex32,
  zListNumber,
  zMarketplace,
} from '../protocol/index.ts'
import { lockFolder } from '../storage/lock-folder.ts'
import { randomBytes } from './effects.ts'
import { CannotRun, UsageError } from './exit-codes.ts'
import { readJson, writeWhole } from './files.ts'

const zIssuerKey = z.strictObject({
  type: z.literal('AssayIssuerKey'),
  version: z.literal(1),
  marketplace: zMarketplace,
  /** Where its status list is published, `<baseUrl>/v1/status-lists/<list>`, and what else its credentials refer to. */
  baseUrl: z.url({ protocol: /^https?$/ }),
  list: zListNumber,
  /** Ed25519 seed, hex: the issuer's did:key. */
  didKey: zHex32,
  /** BabyJubJub private key, hex. */
  circuitKey: zHex32,
})
type IssuerKey = z.output<typeof zIssuerKey>

/** Which status index belongs to which binding, for good, and what is revoked. */
const zIssuerStatus = z.strictObject({
  type: z.literal('AssayIssuerStatus'),
  version: z.literal(1),
  list: zListNumber,
  seq: z.int().min(0),
  entries: z
    .array(
      z.strictObject({
        binding: zField.transform(String),
        index: z
          .int()
          .min(0)
          .max(STATUS_LIST_BITS - 1),
        credentials: z.array(z.string()).max(10_000),
        revoked: z.boolean(),
      }),
    )
    .max(STATUS_LIST_BITS),
})
export type IssuerStatus = z.output<typeof zIssuerStatus>

/** How long a jobs credential lives, in seconds: two of its weekly renewals. */
const LIFETIME = 14 * 86_400

/** Expiries are rounded up to an hour, the step of most registries: another step only makes an expiry more telling. */
const STEP = 3600

/** An issuer of one marketplace's jobs, kept in a key file and, beside it, a status file. */
export interface FileIssuer {
  issuer: Issuer
  schema: string
  list: number
  isNew: boolean
  readStatus: () => Promise<IssuerStatus>
  writeStatus: (status: IssuerStatus) => Promise<void>
  /** Does what reads and writes the status while no other process does. @throws AssayError `fileInUse` */
  alone: <T>(work: () => Promise<T>) => Promise<T>
}

/** Opens the issuer of a key file; if there is none and a marketplace is named, one is generated and stored first. */
export async function openFileIssuer(
  path: string,
  wanted: { marketplace?: string | undefined; baseUrl?: string | undefined },
): Promise<FileIssuer> {
  const { key, isNew } = await readOrDraw(path, wanted)
  if (wanted.marketplace !== undefined && wanted.marketplace !== key.marketplace) {
    throw new UsageError(`${path} is the key of ${key.marketplace}, not of ${wanted.marketplace}`)
  }
  const { did, kid, sign } = didSignerFromKey(hexToBytes(key.didKey))
  const schema = jobsSchema(key.marketplace)
  const settings = { sourceCap: SOURCE_LEVEL.measured, renewalSeconds: LIFETIME / 2, lifetimeSeconds: LIFETIME }
  const issuer = createIssuer(
    { did, kid, baseUrl: key.baseUrl, schemas: { [schema]: settings }, stepSeconds: STEP, allowSelfReported: false },
    { sign, circuitKey: hexToBytes(key.circuitKey) },
  )
  const statusPath = `${path}.status.json`
  return {
    issuer,
    schema,
    list: key.list,
    isNew,
    readStatus: () => readStatus(statusPath, key.list),
    writeStatus: (status) => writeWhole(statusPath, `${JSON.stringify(status, null, 2)}\n`),
    alone: (work) => withLock(path, work),
  }
}

/** The lock lies in a folder of its own beside the key, as a wallet's does. */
async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const folder = `${path}.lock`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(folder).catch((error: unknown) => {
    if (!isAssayError(error, 'folderInUse')) throw error
    throw new AssayError('fileInUse', `Another process is issuing by ${path}: try again`, error.detail)
  })
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

async function readOrDraw(
  path: string,
  { marketplace, baseUrl }: { marketplace?: string | undefined; baseUrl?: string | undefined },
): Promise<{ key: IssuerKey; isNew: boolean }> {
  try {
    return { key: await readJson(path, zIssuerKey, 'issuer key'), isNew: false }
  } catch (error) {
    if (!(error instanceof CannotRun) || marketplace === undefined) throw error
  }
  if (!zMarketplace.safeParse(marketplace).success)
    throw new UsageError('A marketplace is named by a lower-case host name')
  const key: IssuerKey = {
    type: 'AssayIssuerKey',
    version: 1,
    marketplace,
    baseUrl: (baseUrl ?? `https://${marketplace}`).replace(/\/$/, ''),
    list: 0,
    didKey: bytesToHex(randomBytes(32)),
    circuitKey: bytesToHex(randomBytes(32)),
  }
  await writeWhole(path, `${JSON.stringify(zIssuerKey.parse(key), null, 2)}\n`, { secret: true })
  return { key, isNew: true }
}

async function readStatus(path: string, list: number): Promise<IssuerStatus> {
  try {
    return await readJson(path, zIssuerStatus, 'status file of an issuer')
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error
    return { type: 'AssayIssuerStatus', version: 1, list, seq: 0, entries: [] }
  }
}

/** The status index of a binding: the one that it has, or a free one at random. @throws AssayError `revoked` */
export function indexFor({ entries }: IssuerStatus, binding: string): number {
  const known = entries.find((entry) => entry.binding === binding)
  if (known?.revoked) {
    throw new AssayError('revoked', 'The credentials of this holder are revoked: a new one would be revoked on issue')
  }
  return known?.index ?? freeIndex(new Set(entries.map(({ index }) => index)))
}

/** The status with a credential more, under its binding and index. */
export function recordCredential(
  status: IssuerStatus,
  { binding, index, id }: { binding: string; index: number; id: string },
): IssuerStatus {
  const known = status.entries.find((entry) => entry.binding === binding)
  const others = status.entries.filter((entry) => entry !== known)
  const entry = { binding, index, credentials: [...(known?.credentials ?? []), id], revoked: false }
  return { ...status, entries: [...others, entry] }
}

function freeIndex(taken: ReadonlySet<number>): number {
  if (taken.size >= STATUS_LIST_BITS) throw new AssayError('conflict', 'The status list is full')
  for (;;) {
    const [a, b, c] = randomBytes(3) as unknown as [number, number, number]
    const index = (a * 65_536 + b * 256 + c) % STATUS_LIST_BITS
    if (!taken.has(index)) return index
  }
}
