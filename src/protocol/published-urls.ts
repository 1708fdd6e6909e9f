/*
 * Where an issuer publishes what its credentials refer to: status lists, the JSON-LD context of their terms, JSON Schemas of
 * their claims. All of it stands under one base URL, so a credential tells no more by these URLs than by its issuer.
 */

const STATUS_LISTS = '/v1/status-lists/'

/** The name of the context. What it says never changes; other terms get another number. */
export const CONTEXT_NAME = 'credential-1'

export function statusListUrlAt(baseUrl: string, list: number): string {
  return `${baseUrl}${STATUS_LISTS}${list}`
}

/** The base URL under which a status list of this number is published; undefined when the URL is not of that form. */
export function baseUrlOf(statusListUrl: string, list: number): string | undefined {
  const end = `${STATUS_LISTS}${list}`
  return statusListUrl.endsWith(end) ? statusListUrl.slice(0, -end.length) : undefined
}

export function contextUrlAt(baseUrl: string): string {
  return `${baseUrl}/v1/contexts/${CONTEXT_NAME}`
}

/** Where the JSON Schema of a claim schema is, by its URI. */
export function schemaUrlAt(baseUrl: string, schema: string): string {
  return `${baseUrl}/v1/schemas/${schema}`
}
