import type { ErrorCode } from '../protocol/index.ts'

type Steps = Partial<Record<ErrorCode, string>>

/** What holds for every command. */
const steps: Steps = {
  walletLocked:
    'Check the passphrase. If it is lost, `assay wallet restore` makes a new file from the recovery phrase.',
  phraseInvalid: 'Compare the words with what you wrote down; their order matters.',
  credentialMissing: '`assay enroll` gets hardware credentials, `assay present --to URL` gets those of uptime.',
  expired: 'Renew: `assay enroll` for hardware, `assay present --to URL` for uptime, or ask for a new request.',
  revoked: 'Ask the issuer why. A revoked credential can never be used again.',
  policyNotMet: '`assay wallet show` lists what your credentials claim.',
  audienceNotSigned: 'Do not answer it. Ask the dapp for a request that its own DID signed.',
  untrustedIssuer: '`assay registry show` lists who is trusted for what.',
  registryInvalid: 'Make sure that you connect to the service whose registry your wallet pinned (`assay wallet show`).',
  registryStale: 'The service has not signed its registry lately. Try again in a minute, and check the clock here.',
  rootPending: 'Try again in a minute. If it persists, the operator must run more witnesses.',
  clockSkew: 'Set this machine’s clock, for example by NTP.',
  conflict: '`assay wallet show` and `assay registry show` show what exists already.',
  deviceBound:
    'The machine belongs to another wallet. Use that wallet, have its holder release it (`assay machine binding`), or try again after the delay.',
  memberBound:
    'Have the holder of the other machine release it: `assay machine binding` shows how. Or try again after the delay.',
  machineUnclear: 'Say which it is with --machine NUMBER, or --new-machine.',
  deviceUnknown: '`assay enroll` measures this machine and registers it.',
  epochOpen: 'Wait for the epoch to close, then try again.',
  pseudonymUnknown: 'Nothing has been presented yet: run `assay agent` for an epoch, then `assay present --to URL`.',
  fileInUse: 'Wait until the other process is done, then try again.',
  storageFull: 'Free some space, then try again.',
  folderInUse: 'Stop the process that uses it.',
  rateLimited: 'Wait a minute.',
  challengeLate: 'Close other programs and try again: the machine has to answer within the deadline.',
  rootSuperseded: 'Ask for a new request and answer it at once.',
  nonceExpired: 'Ask for a new request.',
  nonceUsed: 'Ask for a new request: each can be answered once.',
  artifactCorrupt: 'Install the package again: its circuit files are damaged.',
}

const besideService = 'Stop the process that uses it. To work beside a running service, use PostgreSQL (DATABASE_URL).'
const newPresentation = 'Make a new request (`assay verify new-request`), and have the holder answer it.'
const sessionKey = 'Open the wallet that presented to this service: its session key signs.'

/** What fits a command, or all of a group, better. `null`: the message says it all. */
export const ofCommands: Record<string, Partial<Record<ErrorCode, string | null>>> = {
  serve: { folderInUse: besideService, conflict: null },
  registry: {
    folderInUse: besideService,
    registryInvalid: 'Compare the registry id with the one that the operator publishes.',
  },
  'registry witness': { folderInUse: 'Stop the process that uses it.' },
  verify: {
    expired: newPresentation,
    nonceExpired: newPresentation,
    nonceUsed: newPresentation,
    rootSuperseded: newPresentation,
    clockSkew: 'Set this machine’s clock, for example by NTP, and make a new request.',
    revoked: 'Do not accept it.',
    policyNotMet: null,
    registryInvalid: 'Compare the registry id with the one that the operator publishes.',
    audienceNotSigned: 'Sign the request with the DID that it names as its audience.',
    conflict: null,
  },
  revoke: {
    unauthorized: 'Sign with the key of one of the service’s operators (ASSAY_OPERATORS).',
    revoked: null,
    expired: null,
  },
  issuer: { conflict: null, registryInvalid: null, revoked: null, expired: null },
  directory: { unauthorized: sessionKey },
}

/**
 * What someone can do about a refusal, in one sentence or two; undefined where the message says it all.
 * @param command its path without the program's name: `wallet create`
 */
export function nextStep(code: ErrorCode, command = ''): string | undefined {
  const [group = ''] = command.split(' ')
  for (const name of [command, group]) {
    const step = Object.hasOwn(ofCommands, name) ? ofCommands[name]![code] : undefined
    if (step !== undefined) return step ?? undefined
  }
  return steps[code]
}
