import type { Response } from 'express'
import * as z from 'zod'
import {
  CONTEXT_NAME,
  claimJsonSchema,
  claimSchema,
  contextUrlAt,
  credentialContext,
  schemaUrlAt,
} from '../../protocol/index.ts'
import type { Service } from '../create-service.ts'
import { defineRoute, type Route } from '../define-route.ts'

type Deps = Pick<Service, 'baseUrl'>

const zSchemaName = z.strictObject({ schema: z.string().max(200) })

/** What credentials refer to by URL, and what never changes under it: the context of their terms, the schemas of their claims. */
export function vocabularyRoutes({ baseUrl }: Deps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: new URL(contextUrlAt('http://base')).pathname,
      tag: 'Credentials',
      summary: `The JSON-LD context of the terms of a credential (${CONTEXT_NAME})`,
      auth: 'none',
      status: 200,
      mediaType: 'application/ld+json',
      response: z.looseObject({ '@context': z.looseObject({}) }),
      errors: [],
      handle: async ({ response }) => {
        keepADay(response)
        return credentialContext
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/schemas/:schema',
      tag: 'Credentials',
      summary: 'The JSON Schema of the credentials of a claim schema, by its URI',
      auth: 'none',
      params: zSchemaName,
      status: 200,
      mediaType: 'application/schema+json',
      response: z.looseObject({ $schema: z.url(), $id: z.url(), title: z.string() }),
      errors: ['unknownSchema'],
      handle: async ({ params, response }) => {
        const { uri } = claimSchema(params.schema)
        keepADay(response)
        return claimJsonSchema(uri, schemaUrlAt(baseUrl, uri))
      },
    }),
  ]
}

function keepADay(response: Response): void {
  response.setHeader('cache-control', 'public, max-age=86400')
}
