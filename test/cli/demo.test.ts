import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { zField } from '../../src/protocol/index.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const times = z.array(z.int().min(0)).min(1)
const zStep = z.strictObject({ name: z.string(), ms: z.int().min(0), detail: z.record(z.string(), z.unknown()) })

const zReport = z.strictObject({
  ok: z.literal(true),
  steps: z.array(zStep).min(20),
  pseudonyms: z.strictObject({ reputation: zField, dapp: zField }),
  score: z.looseObject({ score: z.int().min(1), lower: z.int().min(0), upper: z.int().max(1000) }),
  refusals: z.strictObject({
    policyNotMet: z.literal('policyNotMet'),
    revoked: z.literal('revoked'),
    untrustedIssuer: z.literal('untrustedIssuer'),
    audienceNotSigned: z.literal('audienceNotSigned'),
    tampered: z.literal('proofInvalid'),
    wrongAudience: z.literal('wrongAudience'),
    nonceUsed: z.literal('nonceUsed'),
    notRecipient: z.literal('notRecipient'),
    rootSuperseded: z.literal('rootSuperseded'),
    rootUnknown: z.literal('rootUnknown'),
  }),
  circuit: z.strictObject({ constraints: z.int().max(16_376), publicSignals: z.literal(7) }),
  timings: z.strictObject({ proveMs: times, verifyMs: times, issueMs: times }),
})

async function demo(settings: Record<string, string> = {}) {
  const env = { ...process.env, ...settings }
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', main, 'demo', '--json'], { env })
  // when it fails, what it printed says why
  const { stdout, stderr } = await run.catch((failed: { stdout: string; stderr: string }) => failed)
  const report = zReport.safeParse(JSON.parse(stdout))
  if (!report.success) throw new Error(`${stdout}\n${stderr}\n${z.prettifyError(report.error)}`)
  return report.data
}

describe('assay demo --json', () => {
  it('tells the whole story in one object, twice at once, and neither disturbs the other', async () => {
    // what the environment says of an operator's own service is none of the demo's business
    const settings = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/real', NODE_ENV: 'production', ASSAY_PORT: '1' }
    const [one, other] = await Promise.all([demo(), demo(settings)])
    expect(one.pseudonyms.reputation).not.toBe(one.pseudonyms.dapp)
    expect(one.pseudonyms).not.toEqual(other.pseudonyms)
    const closed = one.steps.find(({ name }) => name === 'close epochs into credentials')
    const zEpochs = z.looseObject({ epochs: z.array(z.looseObject({ uptimeMicro: z.coerce.number() })) })
    const { epochs } = zEpochs.parse(closed?.detail)
    // the outage shows
    expect(epochs[1]!.uptimeMicro).toBeLessThan(1_000_000)
  }, 1_200_000)
})
