/** What both drivers report of a failed query. Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export type PostgresError = Error & { code: string; constraint?: string }

/** The PostgreSQL error behind a thrown value (drizzle wraps it as a cause), or undefined when it is another error. */
export function postgresError(error: unknown): PostgresError | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = (current as { code?: unknown }).code
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return current as PostgresError
  }
  return undefined
}

/** Whether a row was refused because it exists already, under the named unique constraint or primary key if one is named. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const cause = postgresError(error)
  return cause?.code === '23505' && (constraint === undefined || cause.constraint === constraint)
}

/** Whether the same transaction may succeed when it is run again: serialization failure or deadlock. */
export function isRetryable(error: unknown): boolean {
  const code = postgresError(error)?.code
  return code === '40001' || code === '40P01'
}
