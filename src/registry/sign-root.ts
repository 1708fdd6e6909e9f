import * as z from 'zod'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { assertThreshold } from './assert-threshold.ts'
import { type Genesis, registryId } from './genesis.ts'
import { type Signer, signDocument, zDocumentSignature } from './sign-document.ts'
import { recoverAddress, type TypedRoot, typedRootHash } from './typed-root.ts'

/** A witness's two signatures under one root statement: `value` by its DID, `evm` by its Ethereum account. */
export const zWitnessSignature = zDocumentSignature.extend({
  evm: z.string().regex(/^0x[0-9a-f]{128}1[bc]$/, 'must be 65 bytes of lower-case hex, v 27 or 28'),
})
export type WitnessSignature = z.output<typeof zWitnessSignature>

/** A witness whose keys are at hand. */
export interface Witness extends Signer {
  /** The account of its secp256k1 key. */
  address: string
  /** Signs a 32-byte hash by that key, as Ethereum does. */
  signHash: (hash: Uint8Array) => Promise<string>
}

/** One witness's signatures over a root statement without its signatures. */
export async function signRoot(statement: TypedRoot & object, witness: Witness): Promise<WitnessSignature> {
  const { signer, value } = await signDocument(statement, witness)
  return { signer, value, evm: await witness.signHash(typedRootHash(statement)) }
}

/** The signatures whose Ethereum half is that of the witness which they name. */
export function withMatchingAccount(
  statement: TypedRoot & { signatures: readonly WitnessSignature[] },
  { witnesses }: Genesis,
): WitnessSignature[] {
  const hash = typedRootHash(statement)
  return statement.signatures.filter(({ signer, evm }) => {
    const address = witnesses.find(({ did }) => did === signer)?.address
    return address !== undefined && recoverAddress(hash, evm) === address
  })
}

/**
 * At least the threshold of witnesses signed the statement, each by both of its keys.
 * @throws AssayError `registryInvalid` (another registry), `notEnoughSignatures`
 */
export async function assertWitnessed(
  statement: TypedRoot & { signatures: readonly WitnessSignature[] },
  genesis: Genesis,
  resolveKeys: ResolveKeys,
  threshold: number = genesis.witnessThreshold,
): Promise<void> {
  if (statement.registryId !== registryId(genesis)) {
    throw new AssayError('registryInvalid', 'The root statement is of another registry')
  }
  const witnesses = genesis.witnesses.map(({ did }) => did)
  const candidates = withMatchingAccount(statement, genesis).map(({ signer, value }) => ({ signer, value }))
  await assertThreshold(statement, candidates, witnesses, threshold, resolveKeys)
}
