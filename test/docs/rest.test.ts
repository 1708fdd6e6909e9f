import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorCodes } from '../../src/protocol/index.ts'
import { HEARTBEATS_PATH } from '../../src/server/heartbeat-sockets.ts'
import { startTestService, type TestService } from '../shared/test-service.ts'
import { headings, readPage } from './markdown.ts'

const page = readPage('docs/rest.md')
const documented = headings(page).filter((heading) => /^[A-Z]+ \//.test(heading))

/** Served, but no operations of the API: the WebSocket, and what describes the API itself. */
const beside = [`WS ${HEARTBEATS_PATH}`, 'GET /openapi.json', 'GET /docs']

describe('docs/rest.md, held against a running service', () => {
  let service: TestService
  let paths: Record<string, Record<string, { responses: Record<string, { description: string }>; security?: unknown }>>
  beforeAll(async () => {
    service = await startTestService()
    const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as { paths: typeof paths }
    paths = document.paths
  })
  afterAll(() => service?.stop())

  it('has a section for every operation, and none for anything else', () => {
    const operations = Object.entries(paths).flatMap(([path, methods]) => {
      return Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
    })
    expect([...documented].sort()).toEqual([...operations, ...beside].sort())
  })

  it('is right about what is served besides', async () => {
    for (const path of ['/openapi.json', '/docs/']) expect((await fetch(service.url + path)).status).toBe(200)
  })

  it('names in each section only codes that the operation can answer', () => {
    const always = ['malformed', 'rateLimited', 'internal', 'bodyTooLarge']
    for (const heading of documented) {
      const [method, path] = heading.split(' ')
      const operation = paths[path!]?.[method!.toLowerCase()]
      // its codes are verdicts, which the answer's body carries
      if (operation === undefined || path === '/v1/presentations/verify') continue
      const possible = Object.values(operation.responses).flatMap(({ description }) => description.split(', '))
      const named = Array.from(sectionOf(heading).matchAll(/`([a-z]+(?:[A-Z][a-z]+)*)`/g), (match) => match[1]!)
      const codes = named.filter((name) => Object.hasOwn(errorCodes, name) && name !== 'malformed')
      for (const code of codes) expect([...possible, ...always], `${heading}: ${code}`).toContain(code)
    }
  })

  it('says of every signed operation how it is signed', () => {
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(methods)) {
        const form = JSON.stringify(security ?? [])
        const section = sectionOf(`${method.toUpperCase()} ${path}`)
        if (form.includes('did')) expect(section, path).toMatch(/`DID`|DID\b/)
        if (form.includes('session')) expect(section, path).toMatch(/`Session`|session key/)
      }
    }
  })
})

function sectionOf(heading: string): string {
  const start = page.indexOf(`### ${heading}\n`)
  if (start < 0) return ''
  const end = page.slice(start + 4).search(/^##/m)
  return end < 0 ? page.slice(start) : page.slice(start, start + 4 + end)
}
