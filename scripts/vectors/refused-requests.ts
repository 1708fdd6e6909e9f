import { COMPUTE, type ErrorCode, HARDWARE } from '../../src/protocol/index.ts'
import { computePolicy } from './accepted.ts'
import type { Vector } from './vector.ts'
import { CLOCK, requestJson } from './world.ts'

const ram = (bounds: Record<string, unknown>) => policies({ ramMiB: { source: 'selfReported', ...bounds } })
const policies = (claims: Record<string, unknown>, schema = COMPUTE) => ({ policies: [{ schema, claims }] })
const model = (anyOf: string[]) => policies({ model: { anyOf, source: 'selfReported' } }, HARDWARE)

/** What is wrong with each request, as changes to a good one. */
const refused: [name: string, changes: Record<string, unknown>, reason?: ErrorCode][] = [
  ['min > max', ram({ min: '16384', max: '8192' })],
  ['min = 2^64', ram({ min: '18446744073709551616' })],
  ['max = 2^64', ram({ max: '18446744073709551616' })],
  ['a negative min', ram({ min: '-1' })],
  ['a min with a leading zero', ram({ min: '08192' })],
  ['a min that is a number', ram({ min: 8192 })],
  ['a policy without sources', policies({ ramMiB: { min: '8192' } })],
  ['an unknown source', policies({ ramMiB: { min: '8192', source: 'verified' } })],
  ['a source that its claim can not have', policies({ cores: { min: '4', source: 'measured' } })],
  ['a claim that the schema does not have', policies({ vramMiB: { min: '8192', source: 'measured' } })],
  ['a schema that is not known', policies({}, 'urn:assay:schema:compute:2')],
  ['a bound off its grid', ram({ min: '8193' }), 'policyOffGrid'],
  ['a bound of three digits on a grid of two', policies({ gops: { min: '123', source: 'measured' } }), 'policyOffGrid'],
  ['permitted values that are none', model([])],
  ['nine permitted values', model(['1', '2', '3', '4', '5', '6', '7', '8', '9'])],
  ['permitted values of another claim than the first', policies({ gops: { anyOf: ['10'], source: 'measured' } })],
  ['no policy', { policies: [] }],
  ['five policies', { policies: Array(5).fill(computePolicy) }],
  ['a now that is not after its expiry', { now: CLOCK + 300 }],
  ['an audience in another spelling', { audience: { did: 'did:web:Dapp.example' } }],
  ['a member besides', { extra: true }],
  ['a confusable purpose', { purpose: 'te\u0455t' }],
]

/** Requests that no parser lets through. They never get as far as a proof. */
export function refusedRequests(): Vector[] {
  return refused.map(([name, changes, reason = 'malformed']) => {
    const request = requestJson([computePolicy], changes)
    return { name, verdict: 'refused', reason, parser: { verdict: 'refused', request } }
  })
}
