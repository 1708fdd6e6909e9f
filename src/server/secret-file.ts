import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { AssayError, type RandomBytes } from '../protocol/index.ts'

/**
 * The 32 bytes that a file holds as hex; the first time they are drawn, and readable by the owner alone (0600).
 *
 * The file appears whole or not at all: it is written aside, brought to the disk and linked into place, so that a process
 * that is killed leaves no half of a key, and of two processes that draw one, both get the first one's.
 * @throws AssayError `configInvalid` when the file holds something else
 */
export function readOrDrawSecret(path: string, randomBytes: RandomBytes): Uint8Array {
  const existing = readSecret(path)
  if (existing !== undefined) return existing
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = join(dirname(path), `.draft-${randomUUID()}`)
  writeFileSync(draft, `${bytesToHex(randomBytes(32))}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
  return readSecret(path)!
}

function readSecret(path: string): Uint8Array | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new AssayError('configInvalid', `${path} can't be read`, {}, error)
  }
  if (/^[0-9a-f]{64}$/i.test(text)) return hexToBytes(text)
  throw new AssayError('configInvalid', `${path} must hold 64 hexadecimal digits`)
}
