import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { CannotRun, UsageError } from './exit-codes.ts'
import { readStdin } from './terminal.ts'

/** The text of a file, or of standard input for `-`. */
export async function readText(path: string, what: string): Promise<string> {
  if (path === '-') return readStdin()
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new CannotRun('notFound', `The ${what} ${path} ${missing ? 'does not exist' : "can't be read"}`)
  }
}

/** A file's JSON in the shape of a schema. What it holds is not repeated in errors: it may be a key. */
export async function readJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  what: string,
): Promise<z.output<Schema>> {
  const text = await readText(path, what)
  const parsed = schema.safeParse(tryJson(text))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')}: ${issue.message})`
  throw new UsageError(`${path === '-' ? 'Standard input' : path} does not hold a ${what}${where}`)
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Writes a file whole: aside, to the disk, then in place. `secret` makes it its owner's alone (0600); `isNew` never
 * replaces a file.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { secret = false, isNew = false }: { secret?: boolean; isNew?: boolean } = {},
): Promise<void> {
  const folder = dirname(resolve(path))
  await mkdir(folder, { recursive: true, ...(secret && { mode: 0o700 }) })
  const draft = `${path}.${randomUUID()}.draft`
  try {
    const file = await open(draft, 'wx', secret ? 0o600 : 0o644)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    if (secret) await chmod(draft, 0o600)
    if (isNew) await linkNew(draft, path)
    else await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC'
    const reason = isFull ? 'the disk is full' : error instanceof Error ? error.message : String(error)
    throw new CannotRun(isFull ? 'storageFull' : 'unavailable', `${path} can't be written: ${reason}`)
  }
}

/** Puts a draft in a place that is free, and the entry of its folder on the disk. */
async function linkNew(draft: string, path: string): Promise<void> {
  await link(draft, path)
  await rm(draft)
  const folder = await open(dirname(resolve(path)), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
