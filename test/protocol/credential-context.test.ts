import { contexts } from '@digitalbazaar/credentials-context'
import jsonld from 'jsonld'
import { describe, expect, it } from 'vitest'
import {
  claimSchema,
  contextUrlAt,
  credentialContext,
  HARDWARE,
  jobsSchema,
  REPUTATION,
  UPTIME,
  VC_CONTEXT,
} from '../../src/protocol/index.ts'
import { exampleCredential } from './example-credential.ts'

const XSD = 'http://www.w3.org/2001/XMLSchema#'

/** W3C's context as it is published, ours as a service answers it, and nothing else. */
const documentLoader = async (url: string) => {
  const document = url === contextUrlAt('https://issuer.example') ? credentialContext : contexts.get(url)
  if (document === undefined) throw new Error(`no context at ${url}`)
  return { documentUrl: url, document }
}
const expand = async (document: object) => (await jsonld.expand(document, { documentLoader, safe: true }))[0]!
const value = (type: string, text: string) => [{ '@type': XSD + type, '@value': text }]

describe('the JSON-LD context of a credential, beside that of VC 2.0', () => {
  it.each([HARDWARE, UPTIME, REPUTATION, jobsSchema('market.example')])(
    'defines every term: safe expansion drops nothing of %s',
    async (schema) => {
      const { document } = exampleCredential(schema)
      const { issuer: _, ...expanded } = await expand(document)
      const [subject] = expanded['https://www.w3.org/2018/credentials#credentialSubject'] as [Record<string, unknown[]>]
      const { claims, device, sources } = document.credentialSubject
      const [statedClaims] = subject['urn:assay:term:claims'] as [Record<string, unknown>]
      const [statedSources] = subject['urn:assay:term:sources'] as [Record<string, unknown>]
      const names = claimSchema(schema).claims.flatMap((claim) => claim?.name ?? [])
      for (const name of names) {
        expect(statedClaims[`urn:assay:term:claim:${name}`]).toEqual(value('unsignedLong', String(claims[name])))
        expect(statedSources[`urn:assay:term:source-of:${name}`]).toEqual([{ '@value': sources[name] }])
      }
      expect(subject['urn:assay:term:device']).toEqual(value('nonNegativeInteger', String(device)))
      expect(subject['urn:assay:term:schema']).toEqual([{ '@id': schema }])
      expect(Object.keys(subject).every((term) => term === '@id' || term.startsWith('urn:assay:term:'))).toBe(true)
      expect(expanded['@type']).toEqual([
        'https://www.w3.org/2018/credentials#VerifiableCredential',
        'urn:assay:term:AssayCredential',
      ])
      expect(expanded['https://www.iana.org/assignments/jwt#jti']).toEqual([{ '@value': document.id }])
    },
  )

  it('keeps the order of points, and names the type of evidence and signature', async () => {
    const { document } = exampleCredential(UPTIME)
    const expanded = await expand(document)
    const [signature] = expanded['urn:assay:term:circuitSignature'] as [Record<string, unknown>]
    const { key, s } = document.circuitSignature
    expect(signature).toMatchObject({
      '@type': ['urn:assay:term:EdDSA-Poseidon'],
      'urn:assay:term:key': [{ '@list': key.map((part) => value('nonNegativeInteger', String(part))[0]) }],
      'urn:assay:term:s': value('nonNegativeInteger', String(s)),
    })
    const [evidence] = expanded['https://www.w3.org/2018/credentials#evidence'] as [Record<string, unknown>]
    expect(evidence['@type']).toEqual(['urn:assay:term:Inspection'])
  })

  it('is needed, and protected: without it terms are dropped, and nobody redefines one', async () => {
    const { document } = exampleCredential(UPTIME)
    await expect(expand({ ...document, '@context': [VC_CONTEXT] })).rejects.toMatchObject({
      name: 'jsonld.ValidationError',
    })
    const redefined = [...document['@context'], { device: 'urn:x' }]
    await expect(expand({ ...document, '@context': redefined })).rejects.toMatchObject({
      details: { code: 'protected term redefinition' },
    })
  })
})
