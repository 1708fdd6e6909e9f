import type { Command } from 'commander'
import * as z from 'zod'
import { AssayError, openProofRequest, policyJson, zAudience } from '../../protocol/index.ts'
import { loadVerifyingArtifacts } from '../../storage/circuit-artifacts.ts'
import {
  createMemoryStore,
  createProofRequest,
  loadVerificationKey,
  signProofRequest,
  verifyPresentation,
} from '../../verifier/index.ts'
import { clock, randomBytes, resolveKeys } from '../effects.ts'
import { UsageError } from '../exit-codes.ts'
import { readJson, readText, writeWhole } from '../files.ts'
import { short } from '../format.ts'
import { readOrDrawDidKey } from '../key-files.ts'
import { zPolicyFile } from '../policy-file.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { clientOf, reachService } from '../service-access.ts'

interface VerifyOptions {
  request?: string
  presentation?: string
  service?: string
  remote?: boolean
  production?: boolean
}

interface NewRequestOptions {
  policy: string
  key: string
  service?: string
  purpose: string
  context?: string
  lifetime: string
  out?: string
}

/** `assay verify`: a dapp's side, from the command line. */
export function registerVerify(program: Command): void {
  const verify = program
    .command('verify')
    .description(
      "Check a holder's answer to your signed request: every check there is, on this machine, against the roots of the registry that your request names.",
    )
    .option('--request <file>', 'the request that you signed (see: assay verify new-request)')
    .option('--presentation <file>', "the holder's answer; - for standard input")
    .option('--service <url>', 'a service that serves that registry (ASSAY_SERVICE)')
    .option('--remote', 'let the service check: then the nonce is used up there, and a second answer to it is refused')
    .option('--production', 'refuse development keys')
    .addHelpText(
      'after',
      '\nExample:\n  assay verify --request request.jwt --presentation answer.json --service http://127.0.0.1:8787\n\n' +
        'Exit code 0 is yes and 1 is no, with the code. This command remembers no nonces: use --remote, or the library with a store, to take each answer once.',
    )
    .action(runAction(verifyCommand))
  verify
    .command('new-request')
    .description('Sign a proof request under a DID of your own, as a dapp does, to try things out.')
    .requiredOption(
      '--policy <file>',
      'what to ask: a policy as JSON, a list of them, or { policies, replay, sameDevice }',
    )
    .requiredOption(
      '--key <file>',
      "the dapp's Ed25519 key, 64 hex digits; generated and stored if the file does not exist",
    )
    .option('--service <url>', 'a service whose registry counts (ASSAY_SERVICE)')
    .option('--purpose <text>', 'what it is for, as the holder is told', 'trying out')
    .option('--context <text>', 'asks for a fresh pseudonym: a campaign, a season')
    .option('--lifetime <seconds>', 'how long the holder may take', '300')
    .option('--out <file>', 'where to write the signed request; else it goes to standard output')
    .addHelpText(
      'after',
      '\nExample:\n  echo \'{"schema":"urn:assay:schema:compute:1","claims":{"gops":{"source":"measured"},"ramMiB":{"min":"1024","source":"selfReported"}}}\' > policy.json\n' +
        '  assay verify new-request --policy policy.json --key dapp.key --service http://127.0.0.1:8787 --out request.jwt',
    )
    .action(runAction(newRequest))
}

async function verifyCommand(voice: Voice, options: VerifyOptions): Promise<Result> {
  const { request: requestFile, presentation: presentationFile } = options
  if (requestFile === undefined || presentationFile === undefined) {
    throw new UsageError('Give the request by --request and the answer by --presentation')
  }
  const jwt = (await readText(requestFile, 'proof request')).trim()
  const presentation = await readJson(presentationFile, z.unknown(), 'presentation')
  const found = options.remote
    ? await verifyThere(options, jwt, presentation)
    : await verifyHere(voice, options, jwt, presentation)
  voice.say(voice.colours.green('Yes: the presentation answers the request.'))
  voice.say(`  pseudonym ${short(found.pseudonym)} (the same each time this audience asks, and no one else's)`)
  for (const device of found.devicePseudonyms) voice.say(`  device or source ${short(device)}`)
  return { ...found, checkedBy: options.remote ? 'service' : 'here', nonceUsedUp: options.remote === true }
}

interface Found {
  pseudonym: string
  devicePseudonyms: string[]
  policies?: unknown
}

/** The registry is the one that the dapp's own signed request names: that is its pin. */
async function verifyHere(voice: Voice, options: VerifyOptions, jwt: string, presentation: unknown): Promise<Found> {
  const { registry } = await openProofRequest(jwt, resolveKeys)
  const client = clientOf(requireService(options))
  const { record, verificationKey } = await loadVerifyingArtifacts()
  const production = options.production === true || process.env.NODE_ENV === 'production'
  const key = await loadVerificationKey({ key: verificationKey, record, circuit: record.id, production })
  const known = await voice.progress("Fetching the registry's roots", () =>
    client.roots({ registryId: registry, resolveKeys }),
  )
  const roots = async () => known
  const verifier = { key, store: createMemoryStore(), roots, clock, resolveKeys }
  const result = await verifyPresentation({ signedRequest: jwt, presentation }, verifier)
  if (!result.ok) throw new AssayError(result.code, result.message, result.detail)
  const { pseudonym, devicePseudonyms, request } = result
  return {
    pseudonym: String(pseudonym),
    devicePseudonyms: devicePseudonyms.map(String),
    policies: request.policies.map(policyJson),
  }
}

async function verifyThere(options: VerifyOptions, jwt: string, presentation: unknown): Promise<Found> {
  const answer = await clientOf(requireService(options)).verifyPresentation(jwt, presentation)
  if (answer.ok) return { pseudonym: answer.pseudonym ?? '', devicePseudonyms: answer.devicePseudonyms ?? [] }
  throw new AssayError(answer.code ?? 'proofInvalid', answer.message)
}

function requireService({ service }: { service?: string }): string {
  const url = service ?? process.env.ASSAY_SERVICE
  if (url === undefined) throw new UsageError("Give --service URL: the registry's roots are read there")
  return url
}

async function newRequest(voice: Voice, options: NewRequestOptions): Promise<Result> {
  const { policies, replay, sameDevice } = await readJson(options.policy, zPolicyFile, 'policy')
  const lifetimeSeconds = /^[1-9][0-9]{0,4}$/.test(options.lifetime) ? Number(options.lifetime) : undefined
  if (lifetimeSeconds === undefined) throw new UsageError('--lifetime wants whole seconds, up to 99999')
  const { client, description } = await reachService(options.service)
  const { registryId } = description
  const { stepSeconds } = await voice.progress("Fetching the registry's roots", () =>
    client.roots({ registryId, resolveKeys }),
  )
  const { signer, isNew } = await readOrDrawDidKey(options.key, 'dapp key')
  const { did, kid, sign } = signer
  const audience = zAudience.safeParse({ did, ...(options.context !== undefined && { context: options.context }) })
  if (!audience.success) throw new UsageError('--context has 1 to 128 characters')
  const request = createProofRequest(
    {
      audience: audience.data,
      purpose: options.purpose,
      policies: policies.map(policyJson),
      circuit: description.circuit,
      registry: registryId,
      lifetimeSeconds,
      ...(replay && { replay }),
      ...(sameDevice !== undefined && { sameDevice }),
    },
    { now: clock(), stepSeconds, randomBytes },
  )
  const jwt = await signProofRequest(request, { did, sign, keyId: kid })
  if (isNew) voice.note(`A new key for the dapp is in ${options.key}: its DID is ${did}`)
  voice.note(`It relies on the registry ${description.registryId} of ${client.url}.`)
  if (options.out === undefined) voice.say(jwt)
  else {
    await writeWhole(options.out, `${jwt}\n`)
    voice.say(
      `The request is in ${options.out}. The holder answers it with: assay present --request ${options.out} --out answer.json`,
    )
  }
  const place = options.out === undefined ? { request: jwt } : { out: options.out }
  return {
    audience: request.audience,
    registry: request.registry,
    nonce: request.nonce,
    expiresAt: request.expiresAt,
    ...place,
  }
}
