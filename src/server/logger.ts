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

/** JSON lines on standard error, so that standard output stays for answers. */
export function createLogger(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: false }),
): Logger {
  return pino({ level, redact: { paths: SECRET_PATHS, censor: '[secret]' } }, destination)
}
