import { hardwareClaims } from '../evidence/inspection/claims-from-inspection.ts'
import type { InspectionReport } from '../evidence/inspection/inspection-report.ts'
import type { HeldCredential, MachineAgent } from '../holder/index.ts'
import type { SignedRelease } from '../issuer/device-release.ts'
import { COMPUTE, HARDWARE } from '../protocol/claim-schemas.ts'
import { isAssayError } from '../protocol/errors.ts'
import { type Measured, measureMachine, type OpenBackend } from './measure-machine.ts'
import { obtainCredential } from './obtain-credential.ts'
import type { Session } from './session.ts'

/** A machine to enroll. */
export interface MachineToEnroll {
  agent: MachineAgent
  report: InspectionReport
  openBackend: OpenBackend
  /** An earlier holder's signed release of the machine or of its members. */
  release?: SignedRelease | undefined
}

/** The credentials that a machine got, and what was measured. */
export interface Enrolled {
  measured: Measured
  credentials: HeldCredential[]
}

/**
 * Has a machine measured, which enters it and its GPUs into the register, and gets its credentials. GPUs that are in another
 * machine are left out, with an event. Claims that are self-reported alone are asked for where the service issues such.
 * @throws AssayError what the service refuses
 */
export async function enrollMachine(session: Session, machine: MachineToEnroll): Promise<Enrolled> {
  const { agent, openBackend } = machine
  const measured = await measureMachine(session, agent, openBackend)
  const { compute, report } = await register(session, machine, measured.challengeId)
  const models = hardwareClaims(report)
  if (models.length === 0) return { measured, credentials: [compute] }
  const issued = session.description.allowSelfReported
  session.tell({ kind: 'gpusSelfReported', issued })
  const credentials = [compute]
  for (const { model } of issued ? models : []) {
    const evidence = { type: 'inspection' as const, report, model: String(model) }
    credentials.push(await obtainCredential(session, { ...agent, schema: HARDWARE, evidence }))
  }
  return { measured, credentials }
}

/** The credential that enters the machine into the register, and the report without the GPUs of others. */
async function register(
  session: Session,
  { report, ...machine }: MachineToEnroll,
  challengeId: string,
): Promise<{ compute: HeldCredential; report: InspectionReport }> {
  const { agent, release } = machine
  try {
    const evidence = { type: 'challenge' as const, challengeId, report, ...(release !== undefined && { release }) }
    return { compute: await obtainCredential(session, { ...agent, schema: COMPUTE, evidence }), report }
  } catch (error) {
    if (!isAssayError(error, 'memberBound')) throw error
    const { member, availableAt } = error.detail
    const gpus = report.gpus.filter((gpu) => gpu.member !== member && gpu.parent !== member)
    if (gpus.length === report.gpus.length) throw error
    const later = typeof availableAt === 'number' ? { availableAt } : {}
    session.tell({ kind: 'memberLeftOut', reason: error, ...later })
    return register(session, { ...machine, report: { ...report, gpus } }, challengeId)
  }
}
