import { bytesToHex } from '@noble/hashes/utils.js'
import { zMachineId } from '../protocol/index.ts'
import { randomBytes } from './effects.ts'
import { CannotRun } from './exit-codes.ts'
import { readText, writeWhole } from './files.ts'

/** The identity of this machine, where one was drawn before; undefined where none was. */
export async function findMachineId(path: string): Promise<string | undefined> {
  let text: string
  try {
    text = await readText(path, 'machine id')
  } catch {
    return undefined
  }
  const id = zMachineId.safeParse(text.trim()).data
  if (id !== undefined) return id
  throw new CannotRun(
    'malformed',
    `${path} does not hold a machine id (32 hex digits): restore it, or delete it to be another machine`,
  )
}

/** The identity of this machine without a GPU: drawn once, and kept. */
export async function machineId(path: string): Promise<string> {
  const known = await findMachineId(path)
  if (known !== undefined) return known
  const drawn = bytesToHex(randomBytes(16))
  await writeWhole(path, `${drawn}\n`, { secret: true })
  return drawn
}
