import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AssayError, didSignerFromKey } from '../../src/protocol/index.ts'
import type { Genesis } from '../../src/registry/index.ts'
import { readConfig, type ServiceSettings, variableOf } from '../../src/server/config.ts'
import { foundersOf } from '../../src/server/founders.ts'
import { readOrDrawSecret } from '../../src/server/secret-file.ts'
import { randomBytes } from '../shared/http.ts'

const DID = didSignerFromKey(new Uint8Array(32).fill(7)).did

function refusalOf(settings: Record<string, unknown>, env: Record<string, string> = {}): string {
  try {
    readConfig(settings as ServiceSettings, env)
  } catch (error) {
    expect(error).toBeInstanceOf(AssayError)
    expect(error).toMatchObject({ code: 'configInvalid' })
    return (error as AssayError).message
  }
  throw new Error('the settings were accepted')
}

describe('witnesses elsewhere', () => {
  const witness = (seed: number) => {
    const { did } = didSignerFromKey(new Uint8Array(32).fill(seed))
    return { did, address: `0x${String(seed).repeat(40)}` }
  }
  const nameOf = ({ did, address }: { did: string; address: string }) => `${did}=${address}`
  const [a, b] = [witness(1), witness(2)]

  it('are named by DID and address, in a variable or as objects', () => {
    const env = { ASSAY_WITNESSES: `${nameOf(a)}, ${nameOf(b)}`, ASSAY_WITNESS_THRESHOLD: '2' }
    expect(readConfig({}, env)).toMatchObject({ witnesses: [a, b], witnessThreshold: 2 })
    expect(readConfig({ witnesses: [a, nameOf(b)] }, {})).toMatchObject({ witnesses: [a, b] })
    expect(readConfig({}, {})).not.toHaveProperty('witnesses')
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['an address that is none', { witnesses: `${a.did}=0x12` }, 'witnesses.0.address must be an address'],
    ['no address', { witnesses: a.did }, 'witnesses.0.address'],
    ['two addresses', { witnesses: `${nameOf(a)}=0x12` }, 'witnesses.0'],
    ['a DID whose keys change', { witnesses: `did:web:w.example=${a.address}` }, 'must be an Ed25519 did:key'],
    ['a DID twice', { witnesses: [a, { ...b, did: a.did }] }, 'must not name a DID twice'],
    ['an address twice', { witnesses: [a, { ...b, address: a.address }] }, 'must not name an address twice'],
    ['half of the witnesses', { witnesses: [a, b, witness(3)], witnessThreshold: 2 }, 'must be more than half'],
    ['more than all', { witnesses: [a, b], witnessThreshold: 4 }, 'must be more than half'],
    ['a threshold without witnesses', { witnessThreshold: 2 }, 'give them as well'],
  ])('are refused with %s', (_, settings, reason) => {
    expect(refusalOf(settings)).toContain(reason)
  })

  it('found a registry beside the own one, and stay those of its genesis where no setting names them', () => {
    const own = { governor: { did: DID }, witness: witness(7) }
    const founders = foundersOf({ witnesses: [a, b], witnessThreshold: 2 }, own, undefined)
    expect(founders).toEqual({ governors: [DID], witnesses: [own.witness, a, b], witnessThreshold: 2 })
    expect(foundersOf({}, own, undefined)).toEqual({ governors: [DID], witnesses: [own.witness] })
    const stored = { witnesses: [own.witness, a] } as Genesis
    expect(foundersOf({}, own, stored)).toEqual({ governors: [DID], witnesses: [own.witness, a] })
    expect(foundersOf({ witnesses: [b] }, own, stored).witnesses).toEqual([own.witness, b])
    const itself = () => foundersOf({ witnesses: [own.witness] }, own, undefined)
    expect(itself).toThrow(expect.objectContaining({ code: 'configInvalid' }))
  })
})

describe('configuration', () => {
  it('has a default for everything, for one machine', () => {
    expect(readConfig({}, {})).toMatchObject({
      host: '127.0.0.1',
      dataFolder: './assay-data',
      production: false,
      slotSeconds: 60,
      slotsPerEpoch: 1440,
      replyWindowMs: 2000,
      intervalSeconds: 300,
      stepSeconds: 3600,
      allowSelfReported: false,
      skewSeconds: 120,
      hardwareLifetimeSeconds: 2_592_000,
      uptimeLifetimeSeconds: 604_800,
      reputationLifetimeSeconds: 604_800,
    })
  })

  it('reads the environment, and what is given comes first', () => {
    const env = {
      ASSAY_PORT: '9000',
      ASSAY_SLOT_SECONDS: '1',
      ASSAY_REPLY_WINDOW_MS: '500',
      ASSAY_DATA: '/var/lib/assay',
      ASSAY_OPERATORS: `${DID} did:web:operator.example`,
      ASSAY_HOST: '',
    }
    const given = { port: 9001, host: undefined } as unknown as ServiceSettings
    expect(readConfig(given, env)).toMatchObject({
      port: 9001,
      host: '127.0.0.1',
      slotSeconds: 1,
      replyWindowMs: 500,
      dataFolder: '/var/lib/assay',
      operators: [DID, 'did:web:operator.example'],
    })
    expect(variableOf('intervalSeconds')).toBe('ASSAY_INTERVAL_SECONDS')
    expect(variableOf('databaseUrl')).toBe('DATABASE_URL')
  })

  it('is production by NODE_ENV or the flag, and then wants an https URL, because DIDs are did:web then', () => {
    const message = /publicUrl must be an https URL in production/
    expect(refusalOf({}, { NODE_ENV: 'production' })).toMatch(message)
    expect(refusalOf({ production: true, publicUrl: 'http://assay.example' })).toMatch(message)
    const config = readConfig({ publicUrl: 'https://assay.example' }, { NODE_ENV: 'production' })
    expect(config).toMatchObject({ production: true, publicUrl: 'https://assay.example' })
    expect(readConfig({ production: false }, { NODE_ENV: 'production' }).production).toBe(false)
  })

  it('keeps did:key on the loopback unless told otherwise', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) expect(readConfig({ host }, {}).host).toBe(host)
    for (const host of ['0.0.0.0', '::', '192.168.0.2', 'assay.example', '127.evil.example']) {
      expect(refusalOf({ host })).toMatch(/host goes beyond this machine, and the service has did:key DIDs/)
      expect(readConfig({ host, allowDidKey: true }, {}).host).toBe(host)
      expect(readConfig({ host, publicUrl: 'https://assay.example' }, {}).host).toBe(host)
    }
  })

  it('takes proxies by address, range or name', () => {
    for (const trustProxy of ['loopback', '10.0.0.0/8, 127.0.0.1', 'uniquelocal,2001:db8::/32']) {
      expect(readConfig({ trustProxy }, {}).trustProxy).toBe(trustProxy)
    }
  })

  it('wants the KMS secret with a database server', () => {
    const message = refusalOf({ databaseUrl: 'postgres://user:hunter2@db/assay' })
    expect(message).toMatch(/kmsSecret is required with a database server/)
    expect(message).not.toContain('hunter2')
  })

  it.each([
    [{ replyWindowMs: 1000, slotSeconds: 1 }, /replyWindowMs must fit the slot/],
    [{ slotsPerEpoch: 19 }, /slotsPerEpoch/],
    [{ intervalSeconds: 0 }, /intervalSeconds/],
    [{ stepSeconds: 299 }, /stepSeconds must not exceed|requestLifetimeSeconds must not exceed the step/],
    [{ stepSeconds: 3600, uptimeLifetimeSeconds: 14_399 }, /stepSeconds must be a quarter of the shortest lifetime/],
    [{ port: 65_536 }, /port/],
    [{ port: '80a' }, /port/],
    [{ publicUrl: 'https://assay.example/path' }, /publicUrl must be scheme and host alone/],
    [{ publicUrl: 'https://Assay.example' }, /publicUrl must be scheme and host alone/],
    [{ operators: ['nobody'] }, /operators\.0 must be a DID/],
    [{ measurementSize: 100 }, /measurementSize/],
    [{ trustProxy: 'true' }, /trustProxy must be addresses, ranges/],
    [{ trustProxy: '1' }, /trustProxy must be addresses, ranges/],
    [{ trustProxy: 'loopback, ' }, /trustProxy must be addresses, ranges/],
    [{ unknown: 1 }, /Unrecognized key: "unknown"/],
  ])('refuses %j', (settings, message) => {
    expect(refusalOf(settings)).toMatch(message)
  })
})

describe('a secret’s file', () => {
  it('is drawn once, whole, for the owner alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-secret-'))
    const path = join(folder, 'inner', 'key')
    const drawn = readOrDrawSecret(path, randomBytes)
    expect(readOrDrawSecret(path, () => new Uint8Array(32))).toEqual(drawn)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(await readdir(join(folder, 'inner'))).toEqual(['key'])
    await rm(folder, { recursive: true })
  })

  it('that holds something else is refused, and left as it is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-secret-'))
    const path = join(folder, 'key')
    for (const content of ['', '00', `${'0'.repeat(63)}x`]) {
      await writeFile(path, content)
      expect(() => readOrDrawSecret(path, randomBytes)).toThrow(
        expect.objectContaining({ code: 'configInvalid', message: `${path} must hold 64 hexadecimal digits` }),
      )
      expect(await readFile(path, 'utf8')).toBe(content)
    }
    await rm(folder, { recursive: true })
  })
})
