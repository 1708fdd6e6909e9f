import * as z from 'zod'
import { zCanonicalDid } from '../protocol/canonical-did.ts'
import { AssayError } from '../protocol/errors.ts'
import { zSeconds } from '../protocol/field.ts'
import { jcsHash } from '../protocol/jcs.ts'

export { zRegistryId } from '../protocol/proof-request.ts'

const MAX_SIGNERS = 64

const isUnique = (values: readonly string[]) => new Set(values).size === values.length
/** Whether no two disjoint groups of `threshold` of `count` exist. */
export const isMajority = (threshold: number, count: number) => threshold <= count && 2 * threshold > count

const zGovernors = z.array(zCanonicalDid).min(1).max(MAX_SIGNERS).refine(isUnique, 'must not name a DID twice')

/** A witness signs each root twice: under its DID, and as an Ethereum account that contracts can check. */
export const zWitnessName = z.strictObject({
  did: zCanonicalDid,
  /** The account of its secp256k1 key, in lower case. */
  address: z.string().regex(/^0x[0-9a-f]{40}$/, 'must be an address of 40 lower-case hex digits'),
})
export type WitnessName = z.output<typeof zWitnessName>

const zWitnesses = z
  .array(zWitnessName)
  .min(1)
  .max(MAX_SIGNERS)
  .refine((witnesses) => isUnique(witnesses.map(({ did }) => did)), 'must not name a DID twice')
  .refine((witnesses) => isUnique(witnesses.map(({ address }) => address)), 'must not name an address twice')

/**
 * The document that a registry begins with and that names it: its hash is the registry id, which verifiers pin. Governors
 * and witnesses stand in it for the registry's whole life, so theirs are DIDs whose keys stay (did:key).
 *
 * Both thresholds are majorities: two disjoint ones can't exist, so neither the trust list nor its root can be forked.
 */
export const zGenesis = z
  .strictObject({
    type: z.literal('AssayRegistryGenesis'),
    version: z.literal(1),
    governors: zGovernors,
    governorThreshold: z.int().min(1).max(MAX_SIGNERS),
    witnesses: zWitnesses,
    witnessThreshold: z.int().min(1).max(MAX_SIGNERS),
    chain: z.literal('none'),
    /** Roots are numbered by intervals of this length. Seconds. */
    intervalSeconds: z.int().min(1).max(86_400),
    /** Requests and expiries end on a step of this length. Seconds. */
    stepSeconds: z
      .int()
      .min(1)
      .max(7 * 86_400),
    createdAt: zSeconds,
  })
  .refine(({ governors, governorThreshold }) => isMajority(governorThreshold, governors.length), {
    path: ['governorThreshold'],
    message: 'must be more than half of the governors, and not more than all',
  })
  .refine(({ witnesses, witnessThreshold }) => isMajority(witnessThreshold, witnesses.length), {
    path: ['witnessThreshold'],
    message: 'must be more than half of the witnesses, and not more than all',
  })
export type Genesis = z.output<typeof zGenesis>

/** The id of the registry that begins with this genesis: SHA-256 of its canonical form, base64url. */
export function registryId(genesis: Genesis): string {
  return jcsHash(genesis)
}

/** @throws AssayError `registryInvalid` when the genesis is not that of the registry with this id. */
export function assertGenesis(genesis: Genesis, id: string): void {
  if (registryId(genesis) === id) return
  throw new AssayError('registryInvalid', `The genesis is not that of registry ${id}`)
}
