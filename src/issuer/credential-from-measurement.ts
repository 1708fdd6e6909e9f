import {
  type ChallengeState,
  computeClaims,
  deviceOfReport,
  type InspectionReport,
  judgeGpus,
  memberOf,
} from '../evidence/index.ts'
import { COMPUTE } from '../protocol/claim-schemas.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { SOURCE_LEVEL } from '../protocol/sources.ts'
import { defaultRegisterRules, type RegisterRules } from './decide-registration.ts'
import { registerDevice } from './device-register.ts'
import { verifyDeviceRelease } from './device-release.ts'
import { checkDeviceRequest, type DeviceRequest, issuable } from './device-request.ts'
import { measurementNotes } from './evidence-notes.ts'
import { type IssuedCredential, type IssuerEffects, issueCredential } from './issue-credential.ts'

/** A measurement counts for this long. Seconds. */
const FRESHNESS = 3600

export interface Measurement {
  report: InspectionReport
  /** The MM-1 challenge as the issuer stored it. */
  challenge: ChallengeState
  /** The present epoch: what a new device's record begins with. */
  epoch: number
  /** A SignedRelease by the old holder of the device or of a member, when it changes hands. */
  release?: unknown
}

export interface MeasurementEffects extends IssuerEffects {
  resolveKeys: ResolveKeys
  rules?: RegisterRules
  /** How old a passed challenge may be. Seconds; an hour by default. */
  freshnessSeconds?: number
}

/**
 * Issues compute/1 on a passed timed matrix challenge, and enters the machine and its members into the register, both in one
 * transaction. `gops` is the lower bound that the challenge proved, and measured; everything else stays self-reported.
 *
 * Never hardware/1: MM-1 runs on the CPU, so it measures the machine and proves nothing about a GPU.
 * @throws AssayError `evidenceRejected`, `challengeFailed`, `expired`, `deviceBound` and `memberBound` (detail `availableAt`
 * when the claim is kept), `generationStale`, `releaseUsed`, `conflict` (the agent key serves another device), and what
 * consent, release and issuing throw
 */
export async function credentialFromMeasurement(
  effects: MeasurementEffects,
  request: DeviceRequest,
  { report, challenge, epoch, release }: Measurement,
): Promise<IssuedCredential> {
  const { issuer, resolveKeys, rules = defaultRegisterRules, freshnessSeconds = FRESHNESS } = effects
  const { device, binding, holder, now } = request
  const agent = checkDeviceRequest(issuer, request, deviceOfReport(report))
  const passed = passedResult(challenge)
  if (challenge.device !== device || challenge.agentKey !== agent.agentKey) {
    throw new AssayError('evidenceRejected', 'The challenge was passed for another device or by another agent key')
  }
  if (passed.measuredAt < now - freshnessSeconds) {
    throw new AssayError('expired', `The measurement is older than ${freshnessSeconds} seconds: measure again`, {
      measuredAt: passed.measuredAt,
      now,
    })
  }
  const verified = release === undefined ? undefined : await verifyDeviceRelease(release, issuer.did, now, resolveKeys)
  const { n, layers } = challenge.challenge
  const credential = {
    ...issuable(request),
    schema: COMPUTE,
    ...computeClaims(report, passed.mops),
    members: [],
    evidence: measurementNotes({ n, layers, seconds: passed.seconds, mops: passed.mops }),
  }
  const { measuredAt } = passed
  const registration = { device, binding, ...agent, source: SOURCE_LEVEL.measured, measuredAt, epoch, now }
  const members = judgeGpus(report.gpus).accepted.map(memberOf)
  return issueCredential(effects, credential, (tx) => {
    return registerDevice(tx, registration, { issuer: issuer.did, holder, members, release: verified, rules })
  })
}

function passedResult(challenge: ChallengeState) {
  if (challenge.status !== 'closed') {
    throw new AssayError('evidenceRejected', 'The challenge has not been answered to the end')
  }
  const { result } = challenge
  if (!result.ok) throw new AssayError('challengeFailed', `The challenge was failed: ${result.message}`)
  return result
}
