import { bytesToHex } from '@noble/hashes/utils.js'
import * as z from 'zod'
import {
  createChallenge,
  DEFAULT_SAMPLES,
  zMatrixChallenge,
  zMatrixCommitment,
  zMatrixOpenings,
  zMatrixPassed,
  zMatrixSamples,
} from '../../evidence/index.ts'
import { takeCommitment, takeOpenings } from '../../issuer/index.ts'
import { AssayError, ed25519FromDidKey, intervalNumber, isAssayError, zField } from '../../protocol/index.ts'
import { statementHash } from '../../registry/index.ts'
import type { Service } from '../create-service.ts'
import { defineRoute, type Route } from '../define-route.ts'

type Deps = Pick<Service, 'config' | 'challenges' | 'measuringKey' | 'registry' | 'clockMs' | 'randomBytes'>

const zChallengeId = z.strictObject({ id: zMatrixCommitment.shape.id })

/** The timed matrix challenge MM-1: ask, commit (which stops the clock), open. */
export function challengeRoutes(deps: Deps): Route[] {
  const { config, challenges, measuringKey, clockMs, randomBytes } = deps
  return [
    defineRoute({
      method: 'post',
      path: '/v1/challenges',
      tag: 'Challenges',
      summary:
        'Ask for a timed matrix challenge; signed by the did:key of the agent key, and the clock runs from the answer',
      auth: 'did',
      body: z.strictObject({ device: zField }),
      status: 201,
      response: zMatrixChallenge,
      errors: ['unauthorized', 'signatureReplayed', 'clockSkew', 'rateLimited', 'unavailable'],
      handle: async ({ body, did }) => {
        const agentKey = agentKeyOf(did)
        const beacon = await newestBeacon(deps)
        await limitOpenChallenges(deps, agentKey)
        // the first of an epoch takes a while to prepare, which is not on the prover's clock
        await measuringKey(clockMs())
        const nowMs = clockMs()
        const { key } = await measuringKey(nowMs)
        const timeLimitMs = config.measurementSeconds * 1000
        const options = { key, layers: config.measurementLayers, device: body.device, agentKey, beacon, timeLimitMs }
        const state = createChallenge(options, nowMs, randomBytes)
        await challenges.add(state)
        return state.challenge
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/challenges/:id/commitment',
      tag: 'Challenges',
      summary: 'Commit to the answer, which stops the clock; signed inside by the agent key. Tells which rows to open',
      auth: 'none',
      params: zChallengeId,
      body: zMatrixCommitment,
      status: 200,
      response: zMatrixSamples,
      errors: ['challengeUnknown', 'conflict', 'challengeLate', 'signatureInvalid'],
      handle: async ({ params, body }) => {
        const nowMs = clockMs()
        assertSameId(params.id, body.id)
        return takeCommitment(challenges, body, nowMs, randomBytes)
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/challenges/:id/openings',
      tag: 'Challenges',
      summary: 'Open the rows that were named. They are checked at once, and the challenge is closed, passed or failed',
      auth: 'none',
      params: zChallengeId,
      body: zMatrixOpenings,
      bodyLimit: openingsLimit(config.measurementSize),
      status: 200,
      response: zMatrixPassed,
      errors: ['challengeUnknown', 'conflict', 'challengeLate', 'challengeFailed', 'bodyTooLarge'],
      handle: async ({ params, body }) => {
        const nowMs = clockMs()
        assertSameId(params.id, body.id)
        const issuedAtMs = (await challenges.find(params.id))?.issuedAtMs ?? nowMs
        const result = await takeOpenings(challenges, body, nowMs, () => measuringKey(issuedAtMs))
        if (result.ok) return { ok: true as const, seconds: result.seconds, mops: result.mops }
        const { code, message, check, layer, row } = result
        throw new AssayError(code, message, { check, layer, row })
      },
    }),
  ]
}

/** Who asks is who measures: the signer's did:key is that of the agent key. */
function agentKeyOf(did: string): Uint8Array {
  try {
    return ed25519FromDidKey(did)
  } catch (error) {
    if (!isAssayError(error, 'didUnresolvable')) throw error
    throw new AssayError('unauthorized', "A challenge is asked for under the did:key of the device's agent key")
  }
}

/** The hash of the newest root that the witnesses signed: what nobody could know before. */
async function newestBeacon({ registry, clockMs }: Deps): Promise<Uint8Array> {
  const present = intervalNumber(Math.floor(clockMs() / 1000), registry.genesis.intervalSeconds)
  const published = await registry.store.latestRoot(present)
  if (published === undefined) throw new AssayError('unavailable', 'The registry has not published a root yet')
  return statementHash(published.statement)
}

/** Challenges that nobody answers use memory; an agent that gave one up may ask again when its time is over. */
async function limitOpenChallenges({ config, challenges, clockMs }: Deps, agentKey: Uint8Array): Promise<void> {
  const since = clockMs() - config.measurementSeconds * 1000
  const open = await challenges.countOpen(bytesToHex(agentKey), since)
  if (open < config.openChallengesPerAgent) return
  throw new AssayError(
    'rateLimited',
    'This agent key has unanswered challenges: answer them, or wait for their deadline',
  )
}

function assertSameId(inAddress: string, inBody: string): void {
  if (inAddress === inBody) return
  throw new AssayError('malformed', 'The message is for another challenge than the address names')
}

/** 64 rows and those below them, each n words in base64url with its path, and what JSON adds. */
function openingsLimit(n: number): number {
  const row = Math.ceil((n * 4 * 4) / 3) + 32 * 70 + 200
  return DEFAULT_SAMPLES * 2 * row + 4096
}
