import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { ErrorCode } from '../protocol/index.ts'

/** Who must sign a request: nobody, a DID (`Authorization: DID`), or a session key. */
export type RouteAuth = 'none' | 'did' | 'session'

/** What a handler is given: the parsed input, and who signed when the route asks for that. */
export interface RouteInput<Params, Query, Body> {
  params: Params
  query: Query
  body: Body
  /** The body's JSON as it came: what was hashed or signed. */
  json: unknown
  /** The DID that signed; empty unless `auth` is `did`. */
  did: string
  /** RFC 7638 thumbprint of the session key that signed; empty unless `auth` is `session`. */
  session: string
  request: Request
  response: Response
}

/** One operation of the API: what OpenAPI says of it and what checks its input are the same schemas. */
export interface Route {
  method: 'get' | 'post' | 'patch'
  /** In Express' form: /v1/things/:id */
  path: string
  tag: string
  summary: string
  auth: RouteAuth
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** Bytes; the default is 64 KiB. */
  bodyLimit?: number
  status: number
  /** The media type of the answer; JSON unless said. */
  mediaType?: string
  response: z.ZodType
  errors: readonly ErrorCode[]
  // biome-ignore lint/suspicious/noExplicitAny: a list of routes mixes input types; `defineRoute` checks each one
  handle: (input: RouteInput<any, any, any>) => Promise<unknown>
}

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/** Types a route's handler by its schemas. */
export function defineRoute<
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  Answer extends z.ZodType = z.ZodType,
>(
  route: Omit<Route, 'params' | 'query' | 'body' | 'response' | 'handle'> & {
    params?: Params
    query?: Query
    body?: Body
    response: Answer
    handle: (input: RouteInput<Output<Params>, Output<Query>, Output<Body>>) => Promise<z.input<Answer>>
  },
): Route {
  return route as Route
}
