import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMPUTE, type CredentialJson, credentialContext, jobsSchema } from '../../src/protocol/index.ts'
import { problemOf, send } from '../shared/http.ts'
import { createTestProvider, credentialOf } from '../shared/test-provider.ts'
import { startTestService, type TestService } from '../shared/test-service.ts'

describe('contexts and schemas over HTTP', () => {
  let service: TestService
  beforeAll(async () => {
    service = await startTestService()
  })
  afterAll(() => service?.stop())

  it('are served where an issued credential says, and fit it', async () => {
    const provider = await createTestProvider(service.url)
    const answer = await provider.ask(COMPUTE, { type: 'inspection', report: provider.report() })
    const vc = credentialOf(answer.json).payload as CredentialJson
    const context = await send(vc['@context'][1])
    expect([context.status, context.headers.get('content-type')]).toEqual([200, 'application/ld+json; charset=utf-8'])
    expect(context.headers.get('cache-control')).toBe('public, max-age=86400')
    expect(context.json).toEqual(JSON.parse(JSON.stringify(credentialContext)))
    const schema = await send(vc.credentialSchema.id)
    expect([schema.status, schema.headers.get('content-type')]).toEqual([200, 'application/schema+json; charset=utf-8'])
    expect(schema.json).toMatchObject({ $id: vc.credentialSchema.id })
    const validate = new Ajv2020().compile(schema.json as object)
    expect(validate(vc), JSON.stringify(validate.errors)).toBe(true)
  })

  it('are there for the jobs of any marketplace, and for no unknown schema', async () => {
    const at = (name: string) => send(`${service.url}/v1/schemas/${name}`)
    const uri = jobsSchema('market.example')
    expect((await at(uri)).json).toMatchObject({ $id: `${service.url}/v1/schemas/${uri}` })
    expect((await at(encodeURIComponent(uri))).json).toMatchObject({ $id: `${service.url}/v1/schemas/${uri}` })
    for (const unknown of ['urn:assay:schema:other:1', 'constructor', 'urn:assay:schema:jobs:1:A']) {
      expect(problemOf(await at(unknown))).toMatchObject({ status: 400, code: 'unknownSchema' })
    }
    expect(problemOf(await at('x'.repeat(201)))).toMatchObject({ status: 400, code: 'malformed' })
  })
})
