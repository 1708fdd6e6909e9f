import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type Result, runAction, type Voice } from '../run-action.ts'

/** One flag of `serve`: the setting of the same name in the service's configuration. */
type Flag = [flags: string, description: string]

const flags: Flag[] = [
  ['--host <address>', 'address to listen on (127.0.0.1)'],
  ['--port <n>', 'port to listen on; 0 takes any free one (8787)'],
  ['--public-url <url>', 'what clients call this service by; with https its DIDs are did:web'],
  ['--data-folder <folder>', 'folder of the embedded database and its keys (./assay-data)'],
  ['--operators <dids>', 'DIDs that may revoke, with commas'],
  ['--production', 'refuse development keys'],
  ['--allow-self-reported', 'issue credentials of self-reported claims alone, which anyone can ask for without end'],
  ['--allow-did-key', 'let a service with did:key listen beyond this machine'],
  ['--trust-proxy <addresses>', 'proxies in front, with commas'],
  ['--log-level <level>', 'fatal, error, warn, info, debug, trace or silent (info)'],
  ['--slot-seconds <s>', 'how often each agent is challenged (60)'],
  ['--slots-per-epoch <n>', 'slots of an epoch, 20 or more (1440)'],
  ['--reply-window-ms <ms>', 'how long an agent may take to answer (2000)'],
  ['--interval-seconds <s>', "the interval of the registry's roots; fixed at the first start (300)"],
  ['--step-seconds <s>', 'the step on which requests and expiries end; fixed at the first start (3600)'],
  [
    '--witnesses <names>',
    'witnesses elsewhere beside its own, DID=ADDRESS with commas, as `assay registry witness-key` prints them; fixed at the first start',
  ],
  ['--witness-threshold <k>', 'how many witnesses must sign a root; fixed at the first start (just more than half)'],
  ['--skew-seconds <s>', 'how far clocks may differ (120)'],
  ['--request-lifetime-seconds <s>', 'how long a holder may take to answer a proof request (300)'],
  ['--hardware-lifetime-seconds <s>', 'how long hardware credentials live (30 days)'],
  ['--uptime-lifetime-seconds <s>', 'how long uptime credentials live (7 days)'],
  ['--reputation-lifetime-seconds <s>', 'how long score credentials live (7 days)'],
  ['--measurement-size <n>', 'side of the matrices of the timed challenge (1024)'],
  ['--measurement-layers <n>', 'how many products it chains (8)'],
  ['--measurement-seconds <s>', 'its deadline (60)'],
  ['--requests-per-minute <n>', 'requests that one address may make (600)'],
]

/** `assay serve`: the service itself. */
export function registerServe(program: Command): void {
  const command = program
    .command('serve')
    .description(
      'Run a service: issuers, registry, monitor, verifier and reputation ledger, on an embedded database or on PostgreSQL (DATABASE_URL).',
    )
  for (const [name, description] of flags) command.addOption(new Option(name, description))
  command
    .addHelpText(
      'after',
      '\nExample:\n  assay serve --data-folder ./assay-data --port 8787\n\n' +
        'Every flag is a variable too: --slot-seconds is ASSAY_SLOT_SECONDS. Secrets are variables only: DATABASE_URL, ASSAY_KMS_SECRET.\n' +
        'It logs JSON lines to standard error, and ends on Ctrl-C or SIGTERM.',
    )
    .action(runAction(serveCommand))
}

async function serveCommand(voice: Voice, options: Record<string, unknown>): Promise<Result> {
  // the server is large, and no other command needs it
  const { KMS_SECRET_FILE, OPERATOR_KEY_FILE, readConfig, serve, VERSION } = await import('../../server/index.ts')
  const { json: _, ...settings } = options
  const config = readConfig(settings, process.env)
  const running = await voice.progress('Starting the service', () => serve(config))
  const { registry, dids, verifier } = running.service
  const keyFile = config.databaseUrl === undefined ? resolve(config.dataFolder, OPERATOR_KEY_FILE) : null
  const { bold, yellow, dim } = voice.colours
  voice.say(`Assay ${VERSION} is at ${bold(running.url)} (REST guide: ${running.url}/docs)`)
  voice.say(`Registry id: ${bold(registry.registryId)}`)
  voice.say(dim('  Publish it where holders and dapps find it: it is what they pin.'))
  const { genesis } = registry
  if (genesis.witnesses.length > 1) {
    voice.say(
      `Its roots take ${genesis.witnessThreshold} of ${genesis.witnesses.length} witnesses. Those elsewhere run:`,
    )
    voice.say(`  assay registry witness ${running.url} --registry ${registry.registryId} --key FILE`)
  }
  if (keyFile !== null)
    voice.say(`Operator's key: ${keyFile}. Keep it and ${KMS_SECRET_FILE} beside it as you keep the database.`)
  if (verifier.key.label === 'development') {
    voice.say(yellow('The set-up is a development one: its creator could forge proofs. Not for production.'))
  }
  voice.say('\nTry it, in another terminal:')
  for (const line of tryIt(running.url)) voice.say(`  ${line}`)
  const started = {
    url: running.url,
    registryId: registry.registryId,
    version: VERSION,
    witnesses: genesis.witnesses.length,
    witnessThreshold: genesis.witnessThreshold,
    operatorKey: keyFile,
    reputation: dids.reputation.did,
    setUp: verifier.key.label,
  }
  // with --json the one object comes when the service is ready, not when it ends
  if (voice.json) process.stdout.write(`${JSON.stringify({ ok: true, ...started })}\n`)
  await running.closed
  return started
}

function tryIt(url: string): string[] {
  return [
    'assay wallet create',
    `assay enroll --service ${url}`,
    `assay agent --service ${url}`,
    `assay present --to ${url}`,
    `assay score --service ${url}`,
  ]
}
