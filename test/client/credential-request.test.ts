import { describe, expect, it } from 'vitest'
import { assertTrustedIssuer, createServiceClient, keepInMemory, obtainCredential } from '../../src/client/index.ts'
import { createWallet } from '../../src/holder/index.ts'
import { AssayError, COMPUTE, HARDWARE, type ServiceDescription } from '../../src/protocol/index.ts'
import type { RegistrySnapshot } from '../../src/registry/index.ts'
import { issuer as issuerNamed, keys, PHRASE, registryView, resolveKeys } from '../holder/fixture.ts'

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

  it('leaves the wallet only for a trusted issuer: nothing at all is sent to another', async () => {
    const issuer = issuerNamed('issuer')
    const view = registryView([{ issuer, schema: HARDWARE }])
    const sent: string[] = []
    const effects = { clock: () => 1_800_000_000, randomBytes: (length: number) => new Uint8Array(length) }
    const client = createServiceClient('http://127.0.0.1:9', {
      ...effects,
      fetch: async (url) => {
        sent.push(String(url))
        return new Response('no', { status: 500 })
      },
    })
    const wallet = keepInMemory(createWallet(PHRASE))
    const current = async () => ({ view, snapshot: {} as RegistrySnapshot })
    const ask = (did: string) => {
      const evidence = { type: 'heartbeats', epoch: 1 } as const
      const agent = { agentKey: keys.agentKeyFor(0, 0), generation: 0 }
      const description = {
        issuers: [{ did, schemas: [HARDWARE] }],
      } as Partial<ServiceDescription> as ServiceDescription
      const registry = { current, fetch: current }
      const session = { ...effects, client, description, registry, wallet, resolveKeys, tell: () => undefined }
      return obtainCredential(session, { schema: HARDWARE, device: 1n, ...agent, evidence })
    }
    await expect(ask('did:web:dapp.example')).rejects.toMatchObject({
      code: 'untrustedIssuer',
      message: `The registry does not trust did:web:dapp.example for ${HARDWARE}`,
    })
    expect(sent).toEqual([])
    // and the trusted one is asked
    await expect(ask(issuer.did)).rejects.toThrow()
    expect(sent).toEqual(['http://127.0.0.1:9/v1/credentials'])
  })
})
