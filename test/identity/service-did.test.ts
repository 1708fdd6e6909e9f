import { ed25519 } from '@noble/curves/ed25519.js'
import { expect, it } from 'vitest'
import { didWeb } from '../../src/identity/did-web.ts'
import { getOrCreateServiceDid, type ServiceDidKind } from '../../src/identity/get-or-create-service-did.ts'
import { zDidDocument } from '../../src/identity/read-did-document.ts'
import { createResolveKeys } from '../../src/identity/resolve-keys.ts'
import { didSignerFor, signerFor, webDidDocuments } from '../../src/identity/signer-for.ts'
import { ed25519FromDidKey } from '../../src/protocol/did.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { agentOn } from '../shared/identity.ts'

describeOnEachDatabase('the DID of a role', (open) => {
  const message = new TextEncoder().encode('message')

  it('is a did:key, created once, whose key signs and resolves', async () => {
    const { agent, resolver } = await agentOn(await open())
    const did = await getOrCreateServiceDid(agent, 'registry', { kind: 'key' })
    expect(did).toMatch(/^did:key:z6Mk/)
    expect(await getOrCreateServiceDid(agent, 'registry', { kind: 'key' })).toBe(did)
    const signature = await (await signerFor(agent, did))(message)
    expect(ed25519.verify(signature, message, ed25519FromDidKey(did))).toBe(true)
    expect(await createResolveKeys({ resolver })(did)).toEqual([ed25519FromDidKey(did)])
  })

  it('is there after a restart', async () => {
    const { agent } = await agentOn(await open())
    const did = await getOrCreateServiceDid(agent, 'reputation', { kind: 'key' })
    const again = await agentOn(await open())
    expect(await getOrCreateServiceDid(again.agent, 'reputation', { kind: 'key' })).toBe(did)
    expect((await didSignerFor(again.agent, did)).kid).toBe(`${did}#${did.slice('did:key:'.length)}`)
  })

  it.each<[string, ServiceDidKind]>([
    ['a did:key', { kind: 'key' }],
    ['a did:web', { kind: 'web', host: 'race.example' }],
  ])('is the same for all processes that create it at once: %s', async (name, kind) => {
    const processes = await Promise.all(Array.from({ length: 4 }, async () => agentOn(await open())))
    const before = (await processes[0]!.stores.keys.listKeys({})).length
    const created = await Promise.all(processes.map(({ agent }) => getOrCreateServiceDid(agent, `raced ${name}`, kind)))
    expect(new Set(created).size).toBe(1)
    const { stores, agent } = processes[0]!
    // the losers' keys are gone, and the winner's signs
    expect(await stores.keys.listKeys({})).toHaveLength(before + 1)
    expect(await stores.privateKeys.listKeys({})).toHaveLength(before + 1)
    const signatures = await Promise.all(
      processes.map(async (process) => (await signerFor(process.agent, created[0]!))(message)),
    )
    expect(new Set(signatures.map(String)).size).toBe(1)
    expect(await agent.didManagerFind({ alias: `raced ${name}` })).toHaveLength(1)
  })

  it('is a did:web whose document is served under its path and lists its key', async () => {
    const { agent } = await agentOn(await open())
    const root = await getOrCreateServiceDid(agent, 'web-root', { kind: 'web', host: 'assay.example' })
    const issuer = await getOrCreateServiceDid(agent, 'web-issuer', {
      ...{ kind: 'web', host: 'Assay.example:8443', path: 'issuers/hardware' },
    })
    expect(root).toBe('did:web:assay.example')
    expect(issuer).toBe('did:web:assay.example%3A8443:issuers:hardware')
    const documents = await webDidDocuments(agent)
    const served = (id: string) => documents.find(({ document }) => document.id === id)
    expect(served(root)).toMatchObject({ host: 'assay.example', path: '/.well-known/did.json' })
    expect(served(issuer)).toMatchObject({ host: 'assay.example:8443', path: '/issuers/hardware/did.json' })
    const document = served(issuer)?.document
    expect(zDidDocument.parse(document).id).toBe(issuer)
    expect(document?.['@context']).toEqual(['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'])
    expect(document?.verificationMethod).toMatchObject([{ type: 'JsonWebKey', controller: issuer }])
    const { kid, sign } = await didSignerFor(agent, issuer)
    expect(document?.assertionMethod).toEqual([kid])
    expect(document?.authentication).toEqual([kid])
    const resolveKeys = createResolveKeys({ resolver: resolverOf({ [issuer]: document }) })
    const [key] = await resolveKeys(issuer)
    expect(ed25519.verify(await sign(message), message, key!)).toBe(true)
  })

  it('is not exchanged for one of another kind', async () => {
    const { agent } = await agentOn(await open())
    const did = await getOrCreateServiceDid(agent, 'fixed', { kind: 'key' })
    await expect(getOrCreateServiceDid(agent, 'fixed', { kind: 'web', host: 'a.example' })).rejects.toMatchObject({
      code: 'configInvalid',
      message: `The role fixed has the DID ${did} already, but did:web:a.example is configured`,
    })
  })

  it('belongs to one role', async () => {
    const { agent, stores } = await agentOn(await open())
    await getOrCreateServiceDid(agent, 'one', { kind: 'web', host: 'b.example' })
    const before = await stores.keys.listKeys({})
    await expect(getOrCreateServiceDid(agent, 'two', { kind: 'web', host: 'b.example' })).rejects.toMatchObject({
      code: 'conflict',
      message: 'did:web:b.example exists already, with another key',
    })
    expect(await stores.keys.listKeys({})).toEqual(before)
  })

  it('is not signed for when it is not ours', async () => {
    const { agent } = await agentOn(await open())
    await expect(signerFor(agent, 'did:web:elsewhere.example')).rejects.toMatchObject({
      code: 'notFound',
      message: 'There is no signing key for did:web:elsewhere.example',
    })
  })
})

it.each(['', 'a b', 'a/b', 'user@host', 'host:port', '-a', '[::1]'])('a did:web has no host %j', (host) => {
  expect(() => didWeb({ host })).toThrow(
    expect.objectContaining({
      code: 'configInvalid',
      message: `A did:web needs a host name with or without port, got ${host}`,
    }),
  )
})

it.each(['..', 'a/../b', 'a b', 'a%2Fb', 'ü'])('a did:web has no path %j', (path) => {
  expect(() => didWeb({ host: 'a.example', path })).toThrow(expect.objectContaining({ code: 'configInvalid' }))
})

function resolverOf(documents: Record<string, unknown>) {
  return {
    resolve: async (did: string) => ({
      didResolutionMetadata: {},
      didDocumentMetadata: {},
      didDocument: documents[did] as never,
    }),
  }
}
