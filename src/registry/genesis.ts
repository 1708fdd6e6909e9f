import { z } from 'zod'
import { zDid } from '../protocol/did.ts'
import { AssayError } from '../protocol/errors.ts'
import { zSeconds } from '../protocol/field.ts'
import { jcsHash } from '../protocol/jcs.ts'
import { zHash } from './parse-document.ts'

const MAX_SIGNERS = 64
const zSigners = z
  .array(zDid)
  .min(1)
  .max(MAX_SIGNERS)
  .refine((dids) => new Set(dids).size === dids.length, 'must not name a DID twice')

/**
 * The document that a registry begins with and that names it: its hash is the registry id, which verifiers pin. Governors
 * and witnesses stand in it for the registry's whole life, so theirs are DIDs whose keys stay (did:key).
 *
 * Two disjoint majorities can't exist, so governorThreshold > n/2 keeps the trust list from being forked.
 */
export const zGenesis = z
  .strictObject({
    type: z.literal('AssayRegistryGenesis'),
    version: z.literal(1),
    governors: zSigners,
    governorThreshold: z.int().min(1).max(MAX_SIGNERS),
    witnesses: zSigners,
    witnessThreshold: z.int().min(1).max(MAX_SIGNERS),
    chain: z.literal('none'),
    createdAt: zSeconds,
  })
  .refine(({ governors, governorThreshold }) => governorThreshold <= governors.length, {
    message: 'governorThreshold must not exceed the number of governors',
  })
  .refine(({ governors, governorThreshold }) => 2 * governorThreshold > governors.length, {
    message: 'governorThreshold must be more than half of the governors',
  })
  .refine(({ witnesses, witnessThreshold }) => witnessThreshold <= witnesses.length, {
    message: 'witnessThreshold must not exceed the number of witnesses',
  })
export type Genesis = z.output<typeof zGenesis>

/** A registry's id: the hash of its genesis. */
export const zRegistryId = zHash

/** The id of the registry that begins with this genesis: SHA-256 of its canonical form, base64url. */
export function registryId(genesis: Genesis): string {
  return jcsHash(genesis)
}

/** @throws AssayError `registryInvalid` when the genesis is not that of the registry with this id. */
export function assertGenesis(genesis: Genesis, id: string): void {
  if (registryId(genesis) === id) return
  throw new AssayError('registryInvalid', `The genesis is not that of registry ${id}`)
}
