import { STATUS_CODES } from 'node:http'
import * as z from 'zod'
import type { Route } from './define-route.ts'
import { statusOf, zProblem } from './problem.ts'

const inJson = (schema: z.ZodType, io: 'input' | 'output' = 'input') => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

/** The OpenAPI 3.1 document of the routes, made from the very schemas that check them. */
export function openapiDocument(routes: readonly Route[], { baseUrl, version }: { baseUrl: string; version: string }) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Assay',
      version,
      description:
        'Identity and reputation for GPU networks. Errors are problem details (RFC 9457) with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: baseUrl }],
    paths,
    components: {
      schemas: { Problem: inJson(zProblem) },
      securitySchemes: {
        did: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description:
            '`DID <jwt>`: a single-use JWT signed by the caller’s DID over method, URL and body (docs/rest.md)',
        },
        session: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: '`Session <jwt>`: the same, signed by a session key that presented before (docs/rest.md)',
        },
      },
    },
  }
}

function operation(route: Route) {
  return {
    tags: [route.tag],
    summary: route.summary,
    ...(route.auth === 'none' ? {} : { security: [{ [route.auth]: [] }] }),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: inJson(route.body) } } } }),
    responses: { [route.status]: success(route), ...failures(route) },
  }
}

function success({ response, mediaType, status }: Route) {
  const content = { [mediaType ?? 'application/json']: { schema: inJson(response) } }
  return { description: STATUS_CODES[status] ?? 'Answer', content }
}

function failures(route: Route) {
  const codes = [...new Set([...route.errors, 'malformed', 'rateLimited', 'internal'] as const)]
  const statuses = [...new Set(codes.map(statusOf))].sort()
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: codes.filter((code) => statusOf(code) === status).join(', '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query') {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = inJson(schema) as {
    properties?: Record<string, object>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}
