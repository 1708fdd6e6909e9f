import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { makePgliteTemplate } from './pglite-template.ts'
import { startPostgres } from './start-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a worker asks for what is made once a run. */
    databasesUrl: string
  }
}

type Resource = { value: string; stop: () => Promise<void> }

const makers: Record<string, () => Promise<Resource>> = {
  '/postgres': startPostgres,
  '/pglite-template': makePgliteTemplate,
}

/** Boots each database at most once a run, and only when a test file asks for it: a run without databases pays nothing. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const made = new Map<string, Promise<Resource>>()
  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    const make = makers[path]
    if (make === undefined) return void response.writeHead(404).end()
    const resource = made.get(path) ?? make()
    made.set(path, resource)
    try {
      response.end((await resource).value)
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('databasesUrl', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.closeAllConnections()
    server.close()
    for (const resource of await Promise.allSettled(made.values())) {
      if (resource.status === 'fulfilled') await resource.value.stop()
    }
  }
}
