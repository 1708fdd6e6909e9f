import { everyClaimName } from './claim-schemas.ts'

const TERM = 'urn:assay:term:'
const XSD = 'http://www.w3.org/2001/XMLSchema#'

const typed = (name: string, type: string, rest: object = {}) => ({ '@id': TERM + name, '@type': XSD + type, ...rest })
const fieldElement = (name: string) => typed(name, 'nonNegativeInteger')
const point = (name: string) => typed(name, 'nonNegativeInteger', { '@container': '@list' })

const perClaim = <Definition>(define: (name: string) => Definition) => ({
  '@protected': true,
  ...Object.fromEntries(everyClaimName().map((name) => [name, define(name)])),
})

/**
 * The JSON-LD context of a credential's own terms; the other terms are of W3C's context before it. `@vocab` gives a name to the
 * types of evidence, which are open. What a claim means stands in its schema: `epoch` counts days in one and weeks in another.
 */
export const credentialContext = {
  '@context': {
    '@protected': true,
    '@vocab': TERM,
    jti: 'https://www.iana.org/assignments/jwt#jti',
    AssayCredential: `${TERM}AssayCredential`,
    schema: { '@id': `${TERM}schema`, '@type': '@id' },
    subject: fieldElement('subject'),
    device: fieldElement('device'),
    binding: fieldElement('binding'),
    claims: { '@id': `${TERM}claims`, '@context': perClaim((name) => typed(`claim:${name}`, 'unsignedLong')) },
    sources: { '@id': `${TERM}sources`, '@context': perClaim((name) => `${TERM}source-of:${name}`) },
    circuitSignature: {
      '@id': `${TERM}circuitSignature`,
      '@context': {
        '@protected': true,
        key: point('key'),
        list: typed('list', 'unsignedInt'),
        r8: point('r8'),
        s: fieldElement('s'),
      },
    },
  },
}
