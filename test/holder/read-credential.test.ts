import { importJWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { sourceTerms } from '../../src/holder/credential-terms.ts'
import { readCredential, verifyCredential } from '../../src/holder/read-credential.ts'
import { fromBase64url, toBase64url } from '../../src/protocol/bytes.ts'
import { COMPUTE, jobsSchema, REPUTATION } from '../../src/protocol/claim-schemas.ts'
import { machineDevice, sourceDevice } from '../../src/protocol/device.ts'
import { audienceField, ed25519FromDidKey } from '../../src/protocol/did.ts'
import { deviceBinding, pseudonym } from '../../src/protocol/hashes.ts'
import { jwkOf } from '../../src/protocol/jwk.ts'
import { signJws } from '../../src/protocol/jws.ts'
import { digest, issuer, keys, measured, otherKeys, party, resolveKeys, selfReported, unresolvable } from './fixture.ts'

const office = issuer('office')
const device = machineDevice('00'.repeat(16))
const fields = { schema: COMPUTE, claims: { ramMiB: measured(16_384n), cores: selfReported(4n) } }
const terms = office.terms(device)
const verify = (jwt: string) => verifyCredential(jwt, { keys, resolveKeys })
const invalid = (message: string) => ({ code: 'credentialInvalid', message })

describe('terms that a holder gives an issuer', () => {
  it('are its DID and pseudonym for the issuer, and the binding of the device', () => {
    expect(terms).toEqual({
      holder: keys.didKeyFor(office.did).did,
      subject: pseudonym(keys.secret(), audienceField(office.did)),
      device,
      binding: deviceBinding(keys.secret(), device),
    })
    expect(sourceTerms(keys, office.did).device).toBe(sourceDevice(office.did))
  })
})

describe('verifying a credential that an issuer handed out', () => {
  it('takes what the issuer signed for this holder', async () => {
    const jwt = await office.issue({ ...fields, terms })
    const held = await verify(jwt)
    expect(held).toEqual({ jwt, credential: office.sign({ ...fields, terms }) })
    expect(readCredential(jwt, keys)).toEqual(held)
  })

  it('takes iss beside the VC when it repeats the issuer, and refuses another', async () => {
    const payload = office.document(office.sign({ ...fields, terms }))
    const { sign } = party('office')
    const jwt = (iss: string) => signJws({ header: { typ: 'vc+jwt' }, payload: { ...payload, iss }, sign })
    await expect(verify(await jwt(office.did))).resolves.toBeDefined()
    await expect(verify(await jwt('did:web:other.example'))).rejects.toMatchObject(
      invalid('The credential contradicts itself: iss names another issuer'),
    )
  })

  it('takes one that another implementation made: a JOSE library, more header parameters, an issuer with a name', async () => {
    const { iss, sub, jti, iat, nbf, exp, ...vc } = office.document(office.sign({ ...fields, terms }))
    const seed = digest('did office')
    const publicKey = ed25519FromDidKey(office.did)
    const key = await importJWK({ ...jwkOf(publicKey), d: toBase64url(seed) }, 'Ed25519')
    const header = { alg: 'Ed25519', typ: 'application/vc+jwt', cty: 'vc', kid: `${office.did}#key-1`, iss: office.did }
    const make = (claims: object, changes: object = {}) =>
      new SignJWT({ ...claims, ...vc, issuer: { id: office.did, name: 'The office' } })
        .setProtectedHeader({ ...header, ...changes })
        .sign(key)
    const { credential } = await verify(await make({ exp, nbf: iat, sub }))
    expect(credential).toEqual(office.sign({ ...fields, terms }))
    await expect(verify(await make({ exp: exp! + 3600 }))).rejects.toMatchObject(
      invalid('The credential contradicts itself: exp is not validUntil'),
    )
    await expect(verify(await make({ exp }, { typ: 'vp+jwt' }))).rejects.toMatchObject({
      code: 'malformed',
      message: 'The JWS must be of type vc+jwt, got vp+jwt',
    })
  })

  it("refuses one that another DID signed in the issuer's name", async () => {
    const jwt = await office.issue({ ...fields, terms, signer: party('forger') })
    await expect(verify(jwt)).rejects.toMatchObject(invalid(`The credential is not signed by its issuer ${office.did}`))
  })

  it('refuses any change to what was signed', async () => {
    const [header, payload, signature] = (await office.issue({ ...fields, terms })).split('.') as [
      string,
      string,
      string,
    ]
    const text = Buffer.from(fromBase64url(payload)).toString('utf8')
    const changed = toBase64url(Buffer.from(text.replace('Made up for', 'Invented for')))
    expect(changed).not.toBe(payload)
    await expect(verify(`${header}.${changed}.${signature}`)).rejects.toMatchObject(
      invalid(`The credential is not signed by its issuer ${office.did}`),
    )
  })

  it("refuses another holder's credential, for each of the three ties on its own", async () => {
    const theirs = office.terms(device, otherKeys)
    const issue = (part: object) => office.issue({ ...fields, terms: { ...terms, ...part } })
    await expect(verify(await issue({ holder: theirs.holder }))).rejects.toMatchObject(
      invalid("The credential is not this wallet's: it is made out to another DID than the holder's for its issuer"),
    )
    await expect(verify(await issue({ subject: theirs.subject }))).rejects.toMatchObject(
      invalid("The credential is not this wallet's: its subject is not the holder's pseudonym for its issuer"),
    )
    await expect(verify(await issue({ binding: theirs.binding }))).rejects.toMatchObject(
      invalid("The credential is not this wallet's: its device is bound to another holder"),
    )
  })

  it('wants the device of a score or jobs credential to be its source', async () => {
    const score = { schema: REPUTATION, claims: { modelVersion: measured(1n), score: measured(25n) } }
    const jobs = { schema: jobsSchema('market.example'), claims: { epoch: measured(2900n), completed: measured(1n) } }
    for (const source of [score, jobs]) {
      await expect(
        verify(await office.issue({ ...source, terms: sourceTerms(keys, office.did) })),
      ).resolves.toBeDefined()
      await expect(verify(await office.issue({ ...source, terms }))).rejects.toMatchObject(
        invalid("The credential is not this wallet's: its device is not its source"),
      )
    }
  })

  it('refuses another type of JWT, and what is none', async () => {
    const payload = office.document(office.sign({ ...fields, terms }))
    const jwt = await signJws({ header: { typ: 'JWT' }, payload, sign: party('office').sign })
    await expect(verify(jwt)).rejects.toMatchObject({
      code: 'malformed',
      message: 'The JWS must be of type vc+jwt, got JWT',
    })
    for (const text of ['', 'a.b.c', 'x', `a.${toBase64url(Buffer.from('[1]'))}.c`]) {
      await expect(verify(text)).rejects.toMatchObject({
        code: 'malformed',
        message: 'The text is not a compact JWS signed with EdDSA',
      })
    }
  })

  it('says so when the issuer does not resolve', async () => {
    const jwt = await office.issue({ ...fields, terms })
    await expect(verifyCredential(jwt, { keys, resolveKeys: unresolvable })).rejects.toMatchObject({
      code: 'didUnresolvable',
    })
  })
})
