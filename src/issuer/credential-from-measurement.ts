import {
  type ChallengeState,
  claimsFromInspection,
  deviceOfReport,
  type InspectionReport,
  withMeasuredThroughput,
} from '../evidence/index.ts'
import { COMPUTE } from '../protocol/claim-schemas.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { defaultRegisterRules, type RegisterRules, registerDevice } from './device-register.ts'
import { verifyDeviceRelease } from './device-release.ts'
import { checkDeviceRequest, type DeviceRequest, issuable } from './device-request.ts'
import { measurementNotes } from './evidence-notes.ts'
import { type IssuedCredential, type IssuerEffects, issueCredential } from './issue-credential.ts'
import { ASSURANCE } from './issuer.ts'

/** A measurement counts for this long. Seconds. */
const FRESHNESS = 3600

export interface Measurement {
  report: InspectionReport
  /** The MM-1 challenge as the issuer stored it. */
  challenge: ChallengeState
  /** The present epoch: what a new device's record begins with. */
  epoch: number
  /** When the device last answered a heartbeat, in seconds. */
  heardAt?: number | undefined
  /** A SignedRelease by the device's old holder, when it changes hands. */
  release?: unknown
}

export interface MeasurementEffects extends IssuerEffects {
  resolveKeys: ResolveKeys
  rules?: RegisterRules
  /** How old a passed challenge may be. Seconds; an hour by default. */
  freshnessSeconds?: number
}

/**
 * Issues compute/1 of assurance 2 on a passed timed matrix challenge, and enters the device into the register, both in one
 * transaction. `integerMops` is the lower bound that the challenge proved; memory and cores stay as reported, and the
 * evidence notes say so.
 *
 * Never hardware/1: MM-1 as it is answered now runs on the CPU, so it measures the machine and says nothing of a GPU.
 * @throws AssayError `evidenceRejected`, `challengeFailed`, `expired`, `deviceBound` (detail `availableAt` when the wish is
 * kept), `conflict` (the agent key serves another device), and what consent, release and issuing throw
 */
export async function credentialFromMeasurement(
  effects: MeasurementEffects,
  request: DeviceRequest,
  { report, challenge, epoch, heardAt, release }: Measurement,
): Promise<IssuedCredential> {
  const { issuer, resolveKeys, rules = defaultRegisterRules, freshnessSeconds = FRESHNESS } = effects
  const { device, binding, holder, now } = request
  if (report.kind === 'gpu') {
    throw new AssayError('evidenceRejected', 'A matrix challenge on the CPU measures the machine, not its GPU')
  }
  const agentKey = checkDeviceRequest(issuer, request, deviceOfReport(report))
  const passed = passedResult(challenge)
  if (challenge.device !== device || challenge.agentKey !== agentKey) {
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
    claims: withMeasuredThroughput(claimsFromInspection(report), passed.mops),
    evidence: measurementNotes({ n, layers, seconds: passed.seconds, mops: passed.mops }),
  }
  const { measuredAt } = passed
  const times = { measuredAt, heardAt, epoch, now }
  const registration = { device, binding, agentKey, assurance: ASSURANCE.measured, ...times }
  return issueCredential(effects, credential, (tx) => {
    return registerDevice(tx, registration, { issuer: issuer.did, holder, release: verified, rules })
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
