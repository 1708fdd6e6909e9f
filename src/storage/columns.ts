import { bigint, customType, jsonb, numeric } from 'drizzle-orm/pg-core'

/*
 * One SQL type for each kind of value, the same on both back ends:
 *
 *   field elements, 64-bit numbers   numeric(78, 0)   bigint
 *   seconds, sequence numbers        bigint           number (safe integers)
 *   bytes                            bytea            Uint8Array
 *   JSON                             jsonb            the type that the column names
 */

/** A non-negative integer of up to 78 digits (a field element, a 64-bit claim), as a bigint. It sorts as a number. */
export const bigInteger = (name?: string) => numeric(name as string, { precision: 78, scale: 0, mode: 'bigint' })

/** Whole seconds since the Unix epoch, as a number. */
export const seconds = (name?: string) => bigint(name as string, { mode: 'number' })

/** A counter, index or sequence number below 2^53, as a number. */
export const count = (name?: string) => bigint(name as string, { mode: 'number' })

/** Raw bytes. Reads give a plain Uint8Array on both back ends (one driver's Buffer would compare unequal). */
export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  toDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  fromDriver: (value) => new Uint8Array(value),
})

/** A JSON value of the named type. Key order and number spelling are not kept: store text where a hash depends on them. */
export const json = <T>(name?: string) => jsonb(name as string).$type<T>()
