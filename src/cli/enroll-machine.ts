import { hardwareClaims, type InspectionReport } from '../evidence/index.ts'
import {
  addCredential,
  type CredentialEvidence,
  type HeldCredential,
  type MachineAgent,
  type Wallet,
} from '../holder/index.ts'
import { COMPUTE, HARDWARE, isAssayError } from '../protocol/index.ts'
import type { RegistryView } from '../registry/index.ts'
import { clock } from './effects.ts'
import { claimLines, credentialResult, moment, short } from './format.ts'
import { type Measured, measureMachine } from './measure.ts'
import { requestCredential } from './request-credential.ts'
import type { Voice } from './run-action.ts'
import type { ServiceAccess } from './service-access.ts'

/** A wallet at a service whose registry it has checked. `set` keeps a new state. */
export interface Enrolling {
  voice: Voice
  access: ServiceAccess
  view: RegistryView
  wallet: () => Wallet
  set: (wallet: Wallet) => void
}

/** The credentials that a machine got, and what was measured. */
export interface Enrolled {
  measured: Measured
  got: HeldCredential[]
}

/**
 * Has a machine measured, which enters it and its GPUs into the register, and gets its credentials. GPUs that are in another
 * machine are left out with a notice. Claims that are self-reported alone are asked for where the service issues such.
 * @throws AssayError what the service refuses
 */
export async function enrollMachine(
  enrolling: Enrolling,
  agent: MachineAgent,
  report: InspectionReport,
): Promise<Enrolled> {
  const { voice, access } = enrolling
  const { client, description } = access
  const measured = await voice.progress('Being measured', (tell) => measureMachine(client, agent, tell))
  const { challengeId, seconds, mops } = measured
  voice.say(`Measured: at least ${mops} million integer operations a second (${seconds} s for the challenge).`)
  const { compute, report: registered } = await register(enrolling, agent, challengeId, report)
  const got = [take(enrolling, compute)]
  const models = hardwareClaims(registered)
  if (models.length === 0) return { measured, got }
  voice.say('That is the machine by its processor. Its GPUs stay self-reported: nothing has measured them.')
  if (!description.allowSelfReported) {
    voice.note('This service issues no credentials of self-reported claims, so there is none about the GPUs.')
    return { measured, got }
  }
  for (const { model } of models) {
    const evidence = { type: 'inspection' as const, report: registered, model: String(model) }
    got.push(take(enrolling, await request(enrolling, { ...agent, schema: HARDWARE, evidence })))
  }
  return { measured, got }
}

/** The credential that enters the machine into the register, and the report without the GPUs that are others'. */
async function register(
  enrolling: Enrolling,
  agent: MachineAgent,
  challengeId: string,
  report: InspectionReport,
): Promise<{ compute: HeldCredential; report: InspectionReport }> {
  try {
    const evidence = { type: 'challenge' as const, challengeId, report }
    return { compute: await request(enrolling, { ...agent, schema: COMPUTE, evidence }), report }
  } catch (error) {
    if (!isAssayError(error, 'memberBound')) throw error
    const { member, availableAt } = error.detail
    const gpus = report.gpus.filter((gpu) => gpu.member !== member && gpu.parent !== member)
    if (gpus.length === report.gpus.length) throw error
    const later = typeof availableAt === 'number' ? `, at the earliest ${moment(availableAt)} UTC` : ''
    enrolling.voice.note(`${error.message}. It is left out; enroll again for it${later}.`)
    return register(enrolling, agent, challengeId, { ...report, gpus })
  }
}

function request(
  { access, wallet, view }: Enrolling,
  wanted: MachineAgent & { schema: string; evidence: CredentialEvidence },
): Promise<HeldCredential> {
  return requestCredential({ access, wallet: wallet(), view }, wanted)
}

function take({ voice, wallet, set }: Enrolling, held: HeldCredential): HeldCredential {
  set(addCredential(wallet(), held))
  const { title, issuer } = credentialResult(held, clock())
  voice.say(`Credential “${title}” by ${short(issuer)}`)
  for (const line of claimLines(held.credential)) voice.say(voice.colours.dim(`  ${line}`))
  return held
}
