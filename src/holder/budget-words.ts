import { claimDefinition, claimSchema } from '../protocol/claim-schemas.ts'
import { AssayError } from '../protocol/errors.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import { type Assessment, REFUSE_BELOW, WARN_BELOW } from './budget/assess-answer.ts'
import { ASSUMED_MACHINES } from './budget/population.ts'
import { toldOf } from './budget/told.ts'
import { countSet } from './budget/value-set.ts'
import type { Choice } from './choose-presentation.ts'
import { commonClaims, FEW_VALUES, type RequestWarning } from './request-warnings.ts'
import { setWords } from './value-words.ts'
import type { Wallet } from './wallet.ts'

/** Warns of what the audience knows when this answer is added to the earlier ones. */
export function budgetWarnings(
  { request, wallet }: { request: ProofRequest; wallet: Pick<Wallet, 'told'> },
  chosen: readonly Choice[],
  { told, fit }: Assessment,
): RequestWarning[] {
  const { did } = request.audience
  const warnings: RequestWarning[] = []
  for (const { policy, credential } of chosen) {
    const [before, after] = [toldOf(wallet.told, did, credential), toldOf(told, did, credential)!]
    for (const name of Object.keys(policy.claims)) {
      const set = after.claims[name]!
      const definition = claimDefinition(policy.schema, name)
      const isNarrow = !commonClaims.has(name) && countSet(definition.grid, set) <= FEW_VALUES
      if (!isNarrow || before?.claims[name] === undefined) continue
      const words = `“${claimSchema(policy.schema).title}”: ${definition.label}: ${setWords(definition, set)}`
      warnings.push({ code: 'tooNarrow', message: `With all that ${did} was told, it knows ${words}.` })
    }
  }
  if (fit >= WARN_BELOW) return warnings
  const message = `With all that ${did} was told, this answer leaves ${fitWords(fit)} machines that could be yours.`
  return [...warnings, { code: 'fewMachines', message }]
}

/** The refusal of a request whose answer tells too much. */
export function budgetExceeded({ audience }: ProofRequest, fit: number): AssayError {
  const message =
    `To answer or to refuse would tell ${audience.did} too much: of all machines, ${fitWords(fit)} would still fit what ` +
    `it was told, and fewer than ${REFUSE_BELOW} are too few`
  return new AssayError('budgetExceeded', message, { audience: audience.did, fit: Math.floor(fit) })
}

/** An estimate in words. */
export function fitWords(fit: number): string {
  return fit < 1 ? 'hardly one' : `about ${Math.floor(fit)} of ${ASSUMED_MACHINES}`
}
