import { FIELD_ORDER, MAX_UINT64, toField } from '../../../src/protocol/index.ts'
import { type Inputs, inputsFor, plainChoices, resealed, signed } from '../../../test/circuits/scenario.ts'

/** Statements that must be accepted, and such that one check alone refuses: issuer, registry and policy agree to each. */
export interface AuditCase {
  name: string
  accepted: boolean
  inputs: Inputs
}

const eight = (value: bigint): bigint[] => Array<bigint>(8).fill(value)
const open = { minSources: Array<number>(8).fill(0), min: eight(0n), max: eight(MAX_UINT64), any: eight(0n) }

export function auditCases(): AuditCase[] {
  const honest = inputsFor()
  const wide = inputsFor({ ...open, free: 1n })
  const refused: [string, Inputs][] = [
    ['another signer', { ...honest, ...signed(1n, new Uint8Array(32).fill(9)) }],
    ['the secret of another holder', { ...honest, secret: toField('another') }],
    ['expired by a second', resealed({ now: plainChoices.expiresAt + 1n })],
    ['an expiry of 2^64', resealed({ expiresAt: 1n << 64n })],
    ['a revoked bit', inputsFor({ revoked: [plainChoices.statusIndex] })],
    ['a list of 2^32', resealed({ list: 1n << 32n })],
    ['another root', { ...honest, registryRoot: honest.registryRoot + 1n }],
    ['a cap of 4', resealed({ sourceCap: 4n, sources: eight(2n) }, wide)],
    ['a source above the cap', resealed({ sources: eight(3n) }, wide)],
    ['a source of 4', resealed({ sources: eight(4n), sourceCap: 3n }, wide)],
    ['a source below the least', resealed({ policyMinSources: eight(2n), sources: eight(1n) }, wide)],
    ['a least source of -2', resealed({ policyMinSources: eight(FIELD_ORDER - 2n), sources: eight(1n) }, wide)],
    ['a claim below min', resealed({ policyMin: honest.claims.with(1, honest.claims[1]! + 1n) })],
    ['a claim above max', resealed({ policyMax: honest.claims.with(1, honest.claims[1]! - 1n) })],
    ['a model that is not permitted', resealed({ policyAny: eight(18n) })],
    ['free = 2 for a permitted model', resealed({ policyFree: 2n })],
    ['another policy hash', { ...honest, policy: honest.policy + 1n }],
  ]
  const accepted: [string, Inputs][] = [
    ['the plain statement', honest],
    ['claim 0 free, nothing bounded', wide],
    ['the second of expiry', resealed({ now: plainChoices.expiresAt })],
    ['another place and list', inputsFor({ registryIndex: 20_000, list: 9n, statusIndex: 131_071 })],
  ]
  return [
    ...accepted.map(([name, inputs]) => ({ name, accepted: true, inputs })),
    ...refused.map(([name, inputs]) => ({ name, accepted: false, inputs })),
  ]
}
