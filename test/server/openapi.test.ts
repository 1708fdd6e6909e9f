import { STATUS_CODES } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { allRoutes } from '../../src/server/index.ts'
import { statusOf } from '../../src/server/problem.ts'
import { VERSION } from '../../src/server/version.ts'
import { send } from '../shared/http.ts'
import { startTestService, type TestService } from '../shared/test-service.ts'

const zSchema = z.looseObject({})
const zContent = z.record(z.string().regex(/^[a-z]+\/[a-z0-9.+-]+/), z.strictObject({ schema: zSchema }))

/** The parts of OpenAPI 3.1.1 that the document uses, strictly. */
const zOperation = z.strictObject({
  tags: z.array(z.string()).length(1),
  summary: z.string().min(10),
  security: z.array(z.partialRecord(z.enum(['did', 'session']), z.array(z.string()).length(0))).optional(),
  parameters: z.array(
    z.strictObject({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean(), schema: zSchema }),
  ),
  requestBody: z.strictObject({ required: z.literal(true), content: zContent }).optional(),
  responses: z.record(
    z.string().regex(/^[1-5]\d\d$/),
    z.strictObject({ description: z.string().min(1), content: zContent }),
  ),
})
const zDocument = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  servers: z.array(z.strictObject({ url: z.url() })),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post', 'patch']), zOperation)),
  components: z.strictObject({
    schemas: z.record(z.string(), zSchema),
    securitySchemes: z.record(
      z.string(),
      z.strictObject({ type: z.literal('apiKey'), in: z.literal('header'), name: z.string(), description: z.string() }),
    ),
  }),
})

describe('OpenAPI 3.1 document', () => {
  let service: TestService
  let document: z.output<typeof zDocument>

  beforeAll(async () => {
    service = await startTestService()
    document = zDocument.parse((await send(`${service.url}/openapi.json`)).json)
  })
  afterAll(() => service.stop())

  const operationOf = (path: string, method: string) => {
    return document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method as 'get']
  }

  it('names this very service and version', () => {
    expect(document.servers).toEqual([{ url: service.url }])
    expect(document.info.version).toBe(VERSION)
  })

  it('has every route of the service, and no other', () => {
    const routes = allRoutes(service.service).map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    const documented = Object.entries(document.paths).flatMap(([path, methods]) => {
      return Object.keys(methods).map((method) => `${method} ${path}`)
    })
    expect(documented.sort()).toEqual(routes.sort())
    expect(new Set(routes).size).toBe(routes.length)
  })

  it('states for each route its success, its media type, and the status of each error code', () => {
    for (const route of allRoutes(service.service)) {
      const operation = operationOf(route.path, route.method)!
      const success = operation.responses[route.status]!
      expect(success.description).toBe(STATUS_CODES[route.status])
      expect(Object.keys(success.content)).toEqual([route.mediaType ?? 'application/json'])
      for (const code of [...route.errors, 'malformed', 'rateLimited', 'internal'] as const) {
        const response = operation.responses[statusOf(code)]
        expect(response?.description.split(', '), `${route.path} ${code}`).toContain(code)
        expect(response?.content['application/problem+json']).toEqual({
          schema: { $ref: '#/components/schemas/Problem' },
        })
      }
    }
  })

  it('says what may be signed by whom, and what each address takes', () => {
    for (const { path, method, auth, body, status } of allRoutes(service.service)) {
      const operation = operationOf(path, method)!
      expect(operation.security, path).toEqual(auth === 'none' ? undefined : [{ [auth]: [] }])
      if (auth !== 'none') expect(Object.keys(operation.responses), path).toContain('401')
      expect(operation.requestBody !== undefined, path).toBe(body !== undefined)
      const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
      const stated = operation.parameters.filter((parameter) => parameter.in === 'path')
      expect(stated.map(({ name, required }) => [name, required])).toEqual(inPath.map((name) => [name, true]))
      expect(operation.responses[status]).toBeDefined()
    }
  })

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference!)
    expect(references.length).toBeGreaterThan(0)
    for (const reference of new Set(references)) {
      const found = reference
        .slice(2)
        .split('/')
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document)
      expect(reference.startsWith('#/') && found, reference).toBeTruthy()
    }
  })

  it('is shown by a page that loads nothing from elsewhere', async () => {
    const page = await send(`${service.url}/docs/`)
    expect(page.status).toBe(200)
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source!)
    expect(sources.length).toBeGreaterThan(3)
    for (const source of sources) {
      expect(source).toMatch(/^\.\//)
      expect((await send(new URL(source, `${service.url}/docs/`).href)).status).toBe(200)
    }
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('upgrade-insecure-requests')
  })
})
