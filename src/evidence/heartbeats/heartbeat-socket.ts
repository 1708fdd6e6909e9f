import type { z } from 'zod'
import { AssayError, type ErrorCode } from '../../protocol/errors.ts'

/** The side of a connection that this module needs: text frames out, and an end with its reason. Neither throws. */
export interface HeartbeatSocket {
  send(text: string): void
  close(code: ErrorCode, message: string): void
}

/** No message of this protocol comes near this. */
const MAX_FRAME = 8192

/** Parses a text frame. @throws AssayError `bodyTooLarge`, `malformed` */
export function parseFrame<Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> {
  if (text.length > MAX_FRAME) throw new AssayError('bodyTooLarge', `A frame may have ${MAX_FRAME} characters`)
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new AssayError('malformed', 'The frame is not a heartbeat message', {}, error)
  }
}
