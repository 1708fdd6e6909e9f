import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import {
  COMPUTE,
  claimJsonSchema,
  HARDWARE,
  jobsSchema,
  REPUTATION,
  schemaUrlAt,
  UPTIME,
} from '../../src/protocol/index.ts'
import { exampleCredential } from './example-credential.ts'

const schemaOf = (uri: string) => claimJsonSchema(uri, schemaUrlAt('https://issuer.example', uri))
const validatorOf = (uri: string) => new Ajv2020({ allErrors: true }).compile(schemaOf(uri))

describe('the JSON Schema of a claim schema (W3C VC JSON Schema, type JsonSchema)', () => {
  it.each([HARDWARE, COMPUTE, UPTIME, REPUTATION, jobsSchema('market.example')])(
    'is one of draft 2020-12, at the URL that credentials name, and takes those of %s',
    (uri) => {
      const { document } = exampleCredential(uri)
      const schema = schemaOf(uri)
      expect(schema).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: document.credentialSchema.id,
      })
      const validate = validatorOf(uri)
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
      const other = uri === UPTIME ? HARDWARE : UPTIME
      expect(validate(exampleCredential(other).document)).toBe(false)
    },
  )

  it.each<[string, object, string, string]>([
    ['a claim as a number', { claims: { epoch: 7 } }, '/credentialSubject/claims/epoch', 'type'],
    ['a leading zero', { claims: { epoch: '07' } }, '/credentialSubject/claims/epoch', 'pattern'],
    ['an unknown claim', { claims: { speed: '1' } }, '/credentialSubject/claims', 'additionalProperties'],
    [
      'a source that the claim cannot have',
      { sources: { epoch: 'attested' } },
      '/credentialSubject/sources/epoch',
      'enum',
    ],
    ['no device', { device: undefined }, '/credentialSubject', 'required'],
    ['a member besides', { name: 'x' }, '/credentialSubject', 'additionalProperties'],
  ])('refuses %s', (_, change, instancePath, keyword) => {
    const { credentialSubject: subject, ...vc } = exampleCredential(UPTIME).document
    const changed = Object.entries(change).map(([name, part]) => {
      const own = subject[name as keyof typeof subject]
      return [name, typeof own === 'object' ? { ...own, ...part } : part]
    })
    const validate = validatorOf(UPTIME)
    const document = JSON.parse(
      JSON.stringify({ ...vc, credentialSubject: { ...subject, ...Object.fromEntries(changed) } }),
    )
    expect(validate(document)).toBe(false)
    expect(validate.errors).toEqual([expect.objectContaining({ instancePath, keyword })])
  })

  it('says in words what a claim is and how it was rounded', () => {
    const { claims } = schemaOf(HARDWARE).properties.credentialSubject.properties
    expect(claims.properties).toMatchObject({
      vramMiB: { description: 'GPU memory (VRAM) of the smallest, in MiB; rounded down to a multiple of 1024' },
      gops: { description: 'int8 throughput of the slowest, in GOPS; rounded down to 2 significant digits' },
      computeCapability: { description: 'compute capability, times ten' },
    })
    const uptime = schemaOf(UPTIME).properties.credentialSubject.properties.claims.properties
    expect(uptime).toMatchObject({
      firstEpoch: { description: expect.stringMatching(/rounded up to a whole number$/) },
    })
  })

  it('is there for known schemas alone', () => {
    for (const uri of ['urn:assay:schema:other:1', 'urn:assay:schema:jobs:1:', 'constructor', '']) {
      expect(() => schemaOf(uri)).toThrow(expect.objectContaining({ code: 'unknownSchema' }))
    }
  })
})
