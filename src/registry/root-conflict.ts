import * as z from 'zod'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { type Genesis, zRegistryId } from './genesis.ts'
import { isSameDocument } from './log-entry.ts'
import { parseDocument } from './parse-document.ts'
import { type RootStatement, zRootStatement } from './root-statement.ts'
import { assertWitnessed } from './sign-root.ts'

/** Two different roots of one number that the same witness signed: they convict it, whoever shows them. */
export const zRootConflict = z.strictObject({
  type: z.literal('AssayRootConflict'),
  registryId: zRegistryId,
  statements: z.tuple([zRootStatement, zRootStatement]),
})
export type RootConflict = z.output<typeof zRootConflict>

/** GET /v1/registry/conflicts */
export const zRootConflicts = z.strictObject({ conflicts: z.array(zRootConflict).max(1000) })

/** The witnesses that evidence convicts: the answer to whoever brings it. */
export const zConvictedWitnesses = z.strictObject({ witnesses: z.array(z.string().max(1024)).max(64) })

/** The conflict between two statements. */
export function rootConflict(a: RootStatement, b: RootStatement): RootConflict {
  return { type: 'AssayRootConflict', registryId: a.registryId, statements: [a, b] }
}

/**
 * Checks evidence against witnesses, from any sender.
 * @returns the DIDs of the witnesses that signed both
 * @throws AssayError `malformed`, `registryInvalid` (no conflict, or of another registry), `notEnoughSignatures` (no
 *   witness signed both)
 */
export async function verifyConflict(
  json: unknown,
  { genesis, resolveKeys }: { genesis: Genesis; resolveKeys: ResolveKeys },
): Promise<{ conflict: RootConflict; witnesses: string[] }> {
  const conflict = parseDocument(zRootConflict, 'conflict of roots', json)
  const [a, b] = conflict.statements
  if (a.number !== b.number || a.sub !== b.sub || isSameDocument(a, b)) {
    throw new AssayError('registryInvalid', 'The two root statements do not contradict each other')
  }
  const witnesses: string[] = []
  for (const { did } of genesis.witnesses) {
    const signed = [a, b].map((statement) => ({
      ...statement,
      signatures: statement.signatures.filter(({ signer }) => signer === did),
    }))
    const both = await Promise.allSettled(signed.map((one) => assertWitnessed(one, genesis, resolveKeys, 1)))
    if (both.every(({ status }) => status === 'fulfilled')) witnesses.push(did)
    else for (const outcome of both) rethrowUnlessRefusal(outcome)
  }
  if (witnesses.length > 0) return { conflict, witnesses }
  throw new AssayError('notEnoughSignatures', 'No witness signed both root statements', { valid: 0, threshold: 1 })
}

/** That a DID can't be resolved now says nothing about a statement. */
function rethrowUnlessRefusal(outcome: PromiseSettledResult<void>): void {
  if (outcome.status === 'fulfilled') return
  if (outcome.reason instanceof AssayError && outcome.reason.code !== 'internal') return
  throw outcome.reason
}
