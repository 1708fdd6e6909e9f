import { agentOfMachine, obtainCredential, putMachine } from '../holder/index.ts'
import { AssayError } from '../protocol/index.ts'
import type { HolderParts } from './holder-parts.ts'
import { type CredentialSummary, type RequestCredentialArgs, zRequestCredentialArgs } from './method-schemas.ts'
import { parseArgs } from './parse-args.ts'
import { type Context, resolveWith } from './service-access.ts'
import { takeCredential } from './take-credential.ts'

/**
 * Asks the service's issuer of a schema for a credential about a machine of the holder's, on evidence.
 * @throws AssayError `malformed`, `unknownSchema`, `credentialInvalid`, `untrustedIssuer`, and the service's refusals
 */
export async function requestCredential(
  { access, wallet: keeper, clock, randomBytes }: HolderParts,
  args: RequestCredentialArgs,
  context: Context,
): Promise<CredentialSummary> {
  const { schema, machine: number, evidence } = parseArgs('assayRequestCredential', zRequestCredentialArgs, args)
  const { issuers } = await access.describe()
  const issuer = issuers.find(({ schemas }) => schemas.includes(schema))?.did
  if (issuer === undefined) {
    throw new AssayError('unknownSchema', `${access.client.url} has no issuer for ${schema}`, { schema })
  }
  const { keys, machines } = await keeper.read()
  const machine = machines.find((known) => known.number === number) ?? { number, generation: 0, members: [] }
  const { client } = access
  const { view } = await access.freshRegistry(context)
  const resolveKeys = resolveWith(context)
  const request = { ...agentOfMachine({ keys }, machine), keys, issuer, schema, evidence }
  const held = await obtainCredential(request, { keys, view, resolveKeys, client, clock, randomBytes })
  const taken = await takeCredential(held, keeper)
  await keeper.change((wallet) => {
    return wallet.machines.some((known) => known.number === number) ? wallet : putMachine(wallet, machine)
  })
  return taken
}
