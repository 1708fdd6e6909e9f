import { type CredentialEvidence, obtainCredential } from '../client/index.ts'
import { agentOfMachine, putMachine } from '../holder/index.ts'
import { type HolderParts, sessionOf } from './holder-parts.ts'
import { type CredentialSummary, type RequestCredentialArgs, zRequestCredentialArgs } from './method-schemas.ts'
import { parseArgs } from './parse-args.ts'
import type { Context } from './service-access.ts'
import { summariseCredential } from './summarise-credential.ts'

/**
 * Asks the service's issuer of a schema for a credential about a machine of the holder's, on evidence.
 * @throws AssayError `malformed`, `unknownSchema`, `credentialInvalid`, `untrustedIssuer`, and the service's refusals
 */
export async function requestCredential(
  parts: HolderParts,
  args: RequestCredentialArgs,
  context: Context,
): Promise<CredentialSummary> {
  const { schema, machine: number, evidence: given } = parseArgs('assayRequestCredential', zRequestCredentialArgs, args)
  // the service parses the report; its schema is too large for the plugin's own
  const evidence = given as CredentialEvidence
  const session = await sessionOf(parts, context)
  const { keys, machines } = await parts.wallet.read()
  const machine = machines.find((known) => known.number === number) ?? { number, generation: 0, members: [] }
  const held = await obtainCredential(session, { ...agentOfMachine({ keys }, machine), schema, evidence })
  await parts.wallet.change((wallet) => {
    return wallet.machines.some((known) => known.number === number) ? wallet : putMachine(wallet, machine)
  })
  return summariseCredential(held)
}
