import type { Credential } from '../protocol/credential.ts'

/**
 * Whether a credential is due to be renewed. It counts one step before it expires: a request states the end of its step as
 * the time, so in its last step a credential can prove nothing.
 * @param clock seconds; `stepSeconds` is the registry's
 */
export function isDue(
  { expiresAt }: Pick<Credential, 'expiresAt'>,
  { now, stepSeconds }: { now: number; stepSeconds: number },
): boolean {
  return expiresAt - stepSeconds <= now
}
