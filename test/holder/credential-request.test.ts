import { describe, expect, it } from 'vitest'
import { assertTrustedIssuer } from '../../src/holder/index.ts'
import { AssayError, COMPUTE, HARDWARE } from '../../src/protocol/index.ts'
import { issuer as issuerNamed, registryView } from './fixture.ts'

describe('a request for a credential', () => {
  it('goes to nobody whom the registry does not trust for the schema: it tells the pseudonym for that DID', () => {
    const issuer = issuerNamed('issuer')
    const view = registryView([{ issuer, schema: HARDWARE }])
    assertTrustedIssuer(view, issuer.did, HARDWARE)
    for (const [did, schema] of [
      ['did:web:dapp.example', HARDWARE],
      [issuer.did, COMPUTE],
    ] as const) {
      expect(() => assertTrustedIssuer(view, did, schema)).toThrow(
        new AssayError('untrustedIssuer', `The registry does not trust ${did} for ${schema}`, { issuer: did, schema }),
      )
    }
  })
})
