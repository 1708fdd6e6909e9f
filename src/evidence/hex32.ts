import { z } from 'zod'

/** 32 bytes as 64 lower-case hex digits. */
export const zHex32 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
