import { type DestinationStream, type Logger, pino } from 'pino'

/** Where secrets could stand in what is logged; bodies and query strings are not logged at all. */
const SECRET_PATHS = [
  'req.headers.authorization',
  'req.headers.cookie',
  '*.phrase',
  '*.passphrase',
  '*.secret',
  '*.secretKey',
  '*.privateKey',
  '*.privateKeyHex',
  '*.circuitKey',
  '*.kmsSecret',
  '*.databaseUrl',
]

/**
 * An error as it is logged, with what caused it. Errors of a failed query hold its values, which are what bodies were made
 * of (credentials, pseudonyms): in the message, the stack and fields of their own. The query itself stays, since its values
 * are not in it.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const {
    params: _,
    detail,
    where: __,
    ...described
  } = pino.stdSerializers.err(error) as unknown as Record<string, unknown>
  const chain = causesOf(error)
  return {
    ...described,
    message: chain.map(({ message }) => withoutValues(message)).join(': '),
    stack: chain.map(({ stack = '', message }) => stack.replace(message, () => withoutValues(message))).join('\n'),
    // facts of our own errors are an object; PostgreSQL's `detail` is a text that quotes the row
    ...(typeof detail === 'object' && { detail }),
  }
}

function causesOf(error: Error): Error[] {
  const chain: Error[] = []
  for (let next: unknown = error; next instanceof Error && !chain.includes(next); next = next.cause) chain.push(next)
  return chain
}

/** Drizzle ends the message of a failed query with this word and the values. */
const withoutValues = (message: string): string => message.split('\nparams: ')[0]!

/** JSON lines on standard error, so that standard output stays for answers. */
export function createLogger(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: false }),
): Logger {
  const serializers = { err: describeError }
  return pino({ level, serializers, redact: { paths: SECRET_PATHS, censor: '[secret]' } }, destination)
}
