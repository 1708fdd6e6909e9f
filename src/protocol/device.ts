import * as z from 'zod'
import { zDid } from './did.ts'
import { AssayError } from './errors.ts'
import { toField } from './field.ts'

/** The id of a machine, derived from its holder's phrase and a running number: 16 bytes in hex. */
export const zMachineId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits')

/** A member of a machine, a GPU or a MIG slice, by the UUID that its driver prints, in lower case and without a prefix. */
export const zMemberId = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be a lower-case UUID without a prefix')

/** A member, and for a MIG slice its card: a card and its slices exclude each other. */
export const zMember = z
  .strictObject({ id: zMemberId, parent: zMemberId.optional() })
  .refine(({ id, parent }) => id !== parent, 'a member is not its own parent')
export type Member = z.output<typeof zMember>

/** Members of one machine: each once, at most 64. */
export const zMembers = z
  .array(zMember)
  .max(64)
  .refine((members) => new Set(members.map(({ id }) => id)).size === members.length, 'must not name a member twice')
  .refine(
    (members) => !members.some(({ parent }) => members.some(({ id }) => id === parent)),
    'must not name a card beside its slices',
  )

/** The member id in a UUID as a driver prints it (`GPU-…`, `MIG-…`, either case). @throws AssayError `malformed` */
export function memberId(uuid: string): string {
  const parsed = zMemberId.safeParse(uuid.toLowerCase().replace(/^(?:gpu|mig)-/, ''))
  if (parsed.success) return parsed.data
  throw new AssayError('malformed', `${uuid} is not the UUID of a GPU or a MIG slice`)
}

/** The device of a machine: the unit that networks rent. */
export function machineDevice(id: string): bigint {
  return toField(`machine:${zMachineId.parse(id)}`)
}

/** The device of a job or reputation credential: its source, so that the device pseudonym is a tag of the source. */
export function sourceDevice(issuerDid: string): bigint {
  return toField(`source:${zDid.parse(issuerDid)}`)
}
