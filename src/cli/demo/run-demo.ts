import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { issuerOf } from '../../client/index.ts'
import { closeProver } from '../../holder/prove.ts'
import {
  AssayError,
  COMPUTE,
  type Credential,
  claimOf,
  claimSlot,
  nameClaims,
  PUBLIC_SIGNALS,
  REPUTATION,
  roundClaims,
  SOURCE_LEVEL,
  sourceOf,
  statedClaims,
} from '../../protocol/index.ts'
import type { Explanation } from '../../reputation/index.ts'
import { createWalletFile } from '../../storage/wallet-file.ts'
import { randomBytes } from '../effects.ts'
import { short } from '../format.ts'
import { readDidKey } from '../key-files.ts'
import { reachService } from '../service-access.ts'
import { fetchRequest, handOver } from './ask-dapp.ts'
import { joinWithEpoch, presentUptime, queryScore, takeScoreHome } from './build-reputation.ts'
import { firstWatchedEpoch, keepHeartbeat, sleepUntil, waitForRoom } from './keep-heartbeat.ts'
import { type MeasuredMachine, measureProvider } from './measure-provider.ts'
import {
  chooseFor,
  createProvider,
  devicePseudonymsAt,
  type Provider,
  proveAnswer,
  pseudonymFor,
  readRequest,
  registryView,
} from './provider.ts'
import {
  type RefusalScene,
  type Refusals,
  showForgedRegistry,
  showMisuse,
  showRevocation,
  showUsedNonce,
  showWalletRefusals,
} from './show-refusals.ts'
import { type DappQuestion, type DemoDapp, startDapp } from './start-dapp.ts'
import { DEMO_SETTINGS, EPOCH_SECONDS, type StartedService, startService } from './start-service.ts'
import type { StepReport, Story } from './story.ts'

/** What `assay demo --json` prints, besides `ok`. */
export interface DemoReport {
  steps: StepReport[]
  pseudonyms: { reputation: string; dapp: string }
  score: Pick<Explanation, 'score' | 'lower' | 'upper' | 'modelVersion' | 'horizon' | 'ageDays'>
  refusals: Refusals
  circuit: { constraints: number; publicSignals: number }
  timings: { proveMs: number[]; verifyMs: number[]; issueMs: number[] }
}

/** Everything that is running, and must be ended. */
interface Stage {
  service: StartedService
  dapp: DemoDapp
  otherDapp: DemoDapp
}

/**
 * The main job, from this machine to a dapp's yes: every party real, every message over HTTP or WebSocket on the loopback.
 * @param folder an empty folder for the service's database and the provider's files
 * @throws AssayError when anything goes otherwise than the story says
 */
export async function runDemo(story: Story, folder: string): Promise<DemoReport> {
  const ending: (() => Promise<unknown>)[] = [closeProver]
  try {
    story.chapter('1. A service and a dapp')
    const stage = await setStage(story, join(folder, 'service'), ending)

    story.chapter('2. A provider, its machine, its wallet')
    const provider = await createWallet(story, stage, folder)
    await waitForRoom()
    const machine = await measureProvider(story, provider, folder)
    ending.push(() => machine.agent.stop())

    story.chapter('3. Uptime, watched')
    const firstEpoch = firstWatchedEpoch()
    await keepHeartbeat(story, provider, machine, firstEpoch)

    story.chapter('4. Reputation, under a pseudonym')
    await joinWithEpoch(story, provider, firstEpoch)
    const explanation = await earnScore(story, provider)

    story.chapter("5. A dapp's question")
    const refusals = await visitDapp(story, { stage, provider, machine })
    return report(story, { stage, provider, explanation, refusals })
  } finally {
    for (const end of ending.reverse()) await end().catch(() => undefined)
  }
}

/** On a busy machine replies come late and rungs are low: then it takes some epochs more, as it would any provider. */
async function earnScore(story: Story, provider: Provider): Promise<Explanation> {
  for (let tries = 0; tries < 4; tries++) {
    const { newest, isInLedger } = await presentUptime(story, provider)
    if (isInLedger) {
      const explanation = await queryScore(story, provider, newest)
      if (explanation.score > 0) return explanation
    } else await sleepUntil((newest + 2) * EPOCH_SECONDS + 1)
  }
  throw new AssayError('evidenceRejected', 'This machine is too busy to keep a heartbeat: close other programs')
}

async function setStage(story: Story, dataFolder: string, ending: (() => Promise<unknown>)[]): Promise<Stage> {
  const service = await story.step('start the service', async () => {
    const value = await startService(dataFolder)
    ending.push(() => value.process.stop())
    const line = `Service at ${value.url}: two issuers, registry, monitor, reputation, each with a DID of its own`
    return { value, line, detail: { url: value.url, registryId: value.registryId } }
  })
  story.note('A development set-up: the creator of its key could forge proofs. For trying out, not for production.')
  const { skewSeconds } = DEMO_SETTINGS
  const settings = { service: service.url, registryId: service.registryId, limits: { skewSeconds } }
  return story.step('start two dapps', async () => {
    const [dapp, otherDapp] = [await startDapp(settings), await startDapp(settings)]
    ending.push(dapp.close, otherDapp.close)
    const line = `Dapp at ${dapp.url}, with a DID of its own; it trusts the registry by its id, and not the service`
    return { value: { service, dapp, otherDapp }, line, detail: { url: dapp.url, did: dapp.did } }
  })
}

async function createWallet(story: Story, { service }: Stage, folder: string): Promise<Provider> {
  const access = await reachService(service.url)
  const provider = await story.step('create a wallet', async () => {
    const value = await createProvider(access)
    // a passphrase that nobody will know: the demo's wallet is thrown away
    const wallet = await value.session.wallet.read()
    await createWalletFile(join(folder, 'wallet.age'), Buffer.from(randomBytes(16)).toString('hex'), wallet)
    const { did } = value.keys.didKeyFor(issuerOf(access, COMPUTE))
    const line = `Wallet from a recovery phrase of 24 words, encrypted on disk; for this issuer it is ${short(did)}`
    return { value, line, detail: { didForHardwareIssuer: did, constraints: value.constraints } }
  })
  story.note('Its secret never leaves it. To every issuer and dapp it shows another DID and another pseudonym.')
  return provider
}

async function visitDapp(
  story: Story,
  { stage, provider, machine }: { stage: Stage; provider: Provider; machine: MeasuredMachine },
): Promise<Refusals> {
  const { dapp, otherDapp, service } = stage
  const measured = await measuredCredential(provider)
  const ramMiB = halfOf(measured)
  const { credential: scored } = await takeScoreHome(story, provider, ramMiB)
  const memory = {
    schema: COMPUTE,
    claims: { gops: { source: 'measured' }, ramMiB: { min: String(ramMiB), source: 'selfReported' } },
  } as const
  const score = {
    schema: REPUTATION,
    claims: { score: { min: nameClaims(REPUTATION, scored.claims).score!, source: 'measured' } },
  } as const
  const question: DappQuestion = { purpose: 'rent out a machine', policies: [memory] }
  const both = { ...question, policies: [score, memory], replay: { key: 'pseudonym', period: 'once' } } as const
  const request = await readRequest(provider, await fetchRequest(dapp, { ...both, policies: [...both.policies] }))
  const choices = await chooseFor(provider, request)
  const presentation = await story.step('prove score and memory', async () => {
    const value = await proveAnswer(provider, request, choices)
    const line = `Proved to the dapp: score ≥ ${score.claims.score.min}, memory ≥ ${ramMiB} MiB (self-reported), on a request that it signed`
    return { value, line, detail: { score: Number(score.claims.score.min), ramMiB: Number(ramMiB) } }
  })

  const more = String(claimOf(measured, 'ramMiB') + 1024n)
  const tooMuch = { schema: COMPUTE, claims: { ramMiB: { min: more, source: 'selfReported' } } } as const
  const { intervalSeconds, skewSeconds } = DEMO_SETTINGS
  let covering = 0
  const scene: RefusalScene = {
    provider,
    dapp,
    otherDapp,
    question,
    tooMuch,
    splendid: splendidClaims(machine.device),
    presentation,
    revoke: async () => {
      covering = await revoke(story, provider, service, measured.id)
    },
    waitForOldRoots: () => sleepUntil((covering + 1) * intervalSeconds + skewSeconds + 1),
  }
  story.note('Before the dapp gets it, others try their luck with it:')
  const misuse = await showMisuse(story, scene)
  await story.step("the dapp's yes", async () => {
    const verdict = await handOver(dapp, presentation)
    const retry = await handOver(dapp, presentation)
    if (!retry.retry) throw new AssayError('internal', 'An exact retry was not answered as one')
    const line = `The dapp says yes, to ${short(verdict.pseudonym)}; an exact retry gets the same answer`
    return { value: verdict, line, detail: { pseudonym: verdict.pseudonym, retry: true } }
  })
  await compareViews(story, stage, provider)

  story.chapter('6. What is refused')
  const again = await proveAnswer(provider, request, choices)
  return {
    ...(await showWalletRefusals(story, scene)),
    ...misuse,
    nonceUsed: await showUsedNonce(story, scene, again),
    ...(await showRevocation(story, scene)),
    rootUnknown: await showForgedRegistry(story, scene),
  } as Refusals
}

/** What the ledger and the dapp hold of the provider has nothing in common. */
async function compareViews(story: Story, { dapp }: Stage, provider: Provider): Promise<void> {
  await story.step('compare what the two hold', async () => {
    const { reputation } = provider.session.description
    const ledger = await provider.session.client.score(pseudonymFor(provider, reputation))
    const inLedger = new Set(JSON.stringify(ledger).match(/[0-9]{60,}/g))
    const atDapp = [pseudonymFor(provider, dapp.did), ...(await devicePseudonymsAt(provider, dapp.did))]
    const shared = atDapp.filter((value) => inLedger.has(value))
    if (shared.length > 0) throw new AssayError('internal', 'The ledger and the dapp hold a value in common')
    const line = `The ledger holds ${inLedger.size} values of the provider, the dapp ${atDapp.length}, and none in common`
    return { value: undefined, line, detail: { ledger: [...inLedger], dapp: atDapp, shared: 0 } }
  })
  story.note('Each is a hash of the secret and of who asks: to match two of them one would have to guess 248 bits.')
}

/** Revokes, and waits for the root that covers it. @returns the number of that root */
async function revoke(story: Story, provider: Provider, service: StartedService, id: string): Promise<number> {
  return story.step('revoke the credential', async () => {
    const operator = await readDidKey(service.operatorKey, "operator's key")
    const wish = { reason: 'The demo shows what revocation does' }
    const { reason, rootNumber } = await provider.session.client.revoke(id, wish, operator)
    await waitForRoot(provider, rootNumber)
    const line = `The operator revoked the machine’s credential; root ${rootNumber} covers it`
    return { value: rootNumber, line, detail: { credential: id, reason, rootNumber } }
  })
}

async function waitForRoot(provider: Provider, number: number): Promise<void> {
  const { intervalSeconds } = DEMO_SETTINGS
  await sleepUntil(number * intervalSeconds)
  for (let tries = 0; (await registryView(provider)).number < number; tries++) {
    if (tries === 3 * intervalSeconds) throw new AssayError('unavailable', `The service published no root ${number}`)
    await sleep(1000)
  }
}

/** What a cheat would like to be believed. */
function splendidClaims(device: bigint) {
  const { claims, sources } = statedClaims(COMPUTE, {
    ramMiB: { value: 1_048_576n, source: 'selfReported' },
    gops: { value: 900_000n, source: 'measured' },
    cores: { value: 512n, source: 'selfReported' },
  })
  return { schema: COMPUTE, device, claims, sources }
}

/** The newest credential of the measured machine. */
async function measuredCredential({ session }: Provider): Promise<Credential> {
  const { credentials } = await session.wallet.read()
  const held = credentials.findLast(
    ({ credential }) => credential.schema === COMPUTE && sourceOf(credential, 'gops') === SOURCE_LEVEL.measured,
  )
  if (held === undefined) throw new AssayError('credentialMissing', 'The demo has no measured credential')
  return held.credential
}

/** Half of the memory, on the claim's grid, and above 0. */
function halfOf(credential: Credential): bigint {
  const slot = claimSlot(COMPUTE, 'ramMiB')
  const half = credential.claims.map((claim, i) => (i === slot ? claim / 2n : claim))
  const rounded = claimOf({ schema: COMPUTE, claims: roundClaims(COMPUTE, half) }, 'ramMiB')
  return rounded > 0n ? rounded : 1024n
}

function report(
  story: Story,
  {
    stage,
    provider,
    explanation,
    refusals,
  }: { stage: Stage; provider: Provider; explanation: Explanation; refusals: Refusals },
): DemoReport {
  const { score, lower, upper, modelVersion, horizon, ageDays } = explanation
  const { reputation } = provider.session.description
  return {
    steps: story.steps,
    pseudonyms: { reputation: pseudonymFor(provider, reputation), dapp: pseudonymFor(provider, stage.dapp.did) },
    score: { score, lower, upper, modelVersion, horizon, ageDays },
    refusals,
    circuit: { constraints: provider.constraints, publicSignals: PUBLIC_SIGNALS.length },
    timings: { ...provider.timings, verifyMs: stage.dapp.verifyMs },
  }
}
