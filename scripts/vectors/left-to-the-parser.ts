import { COMPUTE, circuitInputs, FIELD_ORDER, poseidon } from '../../src/protocol/index.ts'
import { computePolicy } from './accepted.ts'
import type { Vector } from './vector.ts'
import { credential, measured, requestJson, selfReported, statementsOf } from './world.ts'

/**
 * What the circuit assumes of a policy's bounds: it would accept them, since the parser of policies never lets them through.
 * Whoever verifies without that parser has to check the same.
 */
export function leftToTheParser(): Vector[] {
  const held = credential(COMPUTE, { ramMiB: selfReported(16_384n), gops: measured(50n) })
  const honest = circuitInputs(statementsOf({ request: requestJson([computePolicy]), credentials: [held] })[0]!)
  const bounds: [name: string, bound: 'min' | 'max', value: bigint][] = [
    ['a min of p - 1, which counts as one below 0, hashed as it is', 'min', FIELD_ORDER - 1n],
    ['a max of 2^64, hashed as it is', 'max', 1n << 64n],
  ]
  return bounds.map(([name, bound, value]) => {
    const input = bound === 'min' ? 'policyMin' : 'policyMax'
    const inputs = { ...honest, [input]: [String(value), ...honest[input]!.slice(1)] }
    const claims = { ...computePolicy.claims, ramMiB: { [bound]: String(value), source: 'selfReported' } }
    const request = { ...requestJson([]), policies: [{ ...computePolicy, claims }] }
    const circuit = { verdict: 'accepted' as const, inputs: { ...inputs, policy: hash(inputs) } }
    return { name, verdict: 'refused', reason: 'malformed', parser: { verdict: 'refused', request }, circuit }
  })
}

/** The policy's hash from its slots, whatever they hold. */
function hash(inputs: ReturnType<typeof circuitInputs>): string {
  const row = (name: string) => [...(inputs[name] as string[])].map(BigInt)
  const sources = row('policyMinSources').reduceRight((packed, level) => (packed << 2n) | level, 0n)
  const lower = poseidon([5n, BigInt(inputs.schema as string), sources, ...row('policyMin')])
  const ranges = poseidon([6n, lower, ...row('policyMax')])
  return String(poseidon([7n + BigInt(inputs.policyFree as string), ranges, ...row('policyAny')]))
}
