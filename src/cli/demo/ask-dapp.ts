import * as z from 'zod'
import { AssayError, type ErrorCode, errorCodes, type PresentationJson } from '../../protocol/index.ts'
import type { DappQuestion, DemoDapp } from './start-dapp.ts'

const zRequestAnswer = z.strictObject({ request: z.string() })
const zVerdict = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), retry: z.boolean(), pseudonym: z.string() }),
  z.strictObject({
    ok: z.literal(false),
    code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
  }),
])

/** Asks the dapp for a signed proof request. @returns the JWT */
export async function fetchRequest(dapp: DemoDapp, question: DappQuestion): Promise<string> {
  return zRequestAnswer.parse(await postJson(`${dapp.url}/requests`, question)).request
}

/** Hands the dapp a presentation. @throws AssayError with the dapp's code when it says no */
export async function handOver(dapp: DemoDapp, presentation: PresentationJson) {
  const verdict = zVerdict.parse(await postJson(`${dapp.url}/presentations`, presentation))
  if (!verdict.ok) throw new AssayError(verdict.code, verdict.message)
  return verdict
}

async function postJson(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new AssayError('unavailable', `The dapp answered ${response.status}`)
  return response.json()
}
