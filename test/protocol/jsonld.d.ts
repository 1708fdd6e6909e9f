/** The part of jsonld that tests use; the package has no types of its own. */
declare module 'jsonld' {
  export type RemoteDocument = { contextUrl?: string; documentUrl: string; document: unknown }
  export interface ExpandOptions {
    documentLoader: (url: string) => Promise<RemoteDocument>
    safe: boolean
    base?: string
  }
  const jsonld: { expand: (document: object, options: ExpandOptions) => Promise<Record<string, unknown>[]> }
  export default jsonld
}

declare module '@digitalbazaar/credentials-context' {
  /** W3C's contexts by their URLs. */
  export const contexts: Map<string, object>
}
