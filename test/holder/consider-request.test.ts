import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimateFit } from '../../src/holder/budget/estimate-fit.ts'
import { type Consideration, considerRequest } from '../../src/holder/consider-request.ts'
import { sourceTerms } from '../../src/holder/credential-terms.ts'
import { readCredential } from '../../src/holder/read-credential.ts'
import { addCredential, createWallet, openWallet, type Wallet, walletState } from '../../src/holder/wallet.ts'
import { HARDWARE, REPUTATION, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { machineDevice } from '../../src/protocol/device.ts'
import { MAX_UINT64 } from '../../src/protocol/field.ts'
import type { PolicyJson } from '../../src/protocol/policy.ts'
import type { ProofRequestJson } from '../../src/protocol/proof-request.ts'
import { type IssuedFields, issuer, keys, measured, NOW, PHRASE, party, proofRequest, registryView } from './fixture.ts'

const office = issuer('office')
const monitor = issuer('monitor')
const ledger = issuer('ledger')
const dapp = party('dapp')
const device = machineDevice('00'.repeat(16))
const other = machineDevice('11'.repeat(16))
const view = registryView([
  { issuer: office, schema: HARDWARE, revoked: [9] },
  { issuer: monitor, schema: UPTIME },
  { issuer: ledger, schema: REPUTATION },
])
const source = 'measured' as const
const VALUES = { vramMiB: 24_576n, gops: 41_000n, memoryMBps: 900_000n, hostRamMiB: 65_536n }

async function walletOf(...fields: Partial<IssuedFields & { device: bigint; by: typeof office }>[]): Promise<Wallet> {
  let wallet = createWallet(PHRASE)
  for (const { by = office, device: about = device, ...rest } of fields) {
    const claims = Object.fromEntries(Object.entries(VALUES).map(([name, n]) => [name, measured(n)]))
    const jwt = await by.issue({ schema: HARDWARE, claims, terms: by.terms(about), ...rest })
    wallet = addCredential(wallet, readCredential(jwt, keys))
  }
  return wallet
}

interface Asking extends Partial<ProofRequestJson> {
  insist?: boolean
  of?: string
}
function consider(
  wallet: Wallet,
  claims: PolicyJson['claims'],
  { insist = false, of = dapp.did, ...changes }: Asking = {},
) {
  const policies = [{ schema: HARDWARE, claims }]
  return considerRequest({ request: proofRequest(of, { policies, ...changes }), wallet, view, now: NOW, insist })
}
const vram = (min: bigint, max?: bigint): PolicyJson['claims'] => {
  return { vramMiB: { min: String(min), ...(max !== undefined && { max: String(max) }), source } }
}
const codes = ({ description }: Consideration) => description.warnings.map(({ code }) => code)
const rangesOf = ({ told }: Wallet) => told.map(({ claims }) => claims)

describe('considering a request', () => {
  it('gives what answers it, and a wallet that remembers what that tells', async () => {
    const before = await walletOf({})
    const { choices, wallet, description } = consider(before, vram(8192n))
    expect(choices).toHaveLength(1)
    expect(description.asks).toContain(dapp.did)
    expect(before.told).toEqual([])
    expect(wallet.told).toMatchObject([
      {
        audience: dapp.did,
        schema: HARDWARE,
        device,
        claims: { vramMiB: [[8192n, MAX_UINT64]] },
        answered: 1,
        declined: 0,
        last: NOW,
      },
    ])
    expect(openWallet(JSON.parse(JSON.stringify(walletState(wallet)))).told).toEqual(wallet.told)
  })

  it('remembers the intersection, and holds the contexts of a DID together', async () => {
    const first = consider(await walletOf({}), vram(8192n)).wallet
    const audience = { did: dapp.did, context: 'season 2' }
    const second = consider(first, vram(0n, 49_152n), { audience }).wallet
    expect(rangesOf(second)).toEqual([{ vramMiB: [[8192n, 49_152n]] }])
    expect(consider(second, vram(8192n), { of: party('another').did }).wallet.told).toHaveLength(2)
  })

  it('declines what it can not meet, and remembers that the refusal tells the complement', async () => {
    const { reason, wallet, choices } = consider(await walletOf({}), vram(32_768n))
    expect(choices).toBeUndefined()
    expect(reason).toMatchObject({ code: 'policyNotMet', detail: { claim: 'vramMiB', misses: 'range' } })
    expect(wallet.told).toMatchObject([{ claims: { vramMiB: [[0n, 32_767n]] }, answered: 0, declined: 1 }])
    const two = consider(wallet, vram(8192n, 16_384n))
    expect(two.reason?.code).toBe('policyNotMet')
    expect(rangesOf(two.wallet)).toEqual([
      {
        vramMiB: [
          [0n, 8191n],
          [16_385n, 32_767n],
        ],
      },
    ])
  })

  it('remembers nothing where a refusal tells no value: no credential, another source, revoked', async () => {
    const empty = createWallet(PHRASE)
    expect(consider(empty, vram(8192n))).toMatchObject({ wallet: empty, reason: { code: 'credentialMissing' } })
    const attested = await walletOf({})
    const unmet = consider(attested, { vramMiB: { min: '8192', source: 'attested' } })
    expect(unmet).toMatchObject({ wallet: attested, reason: { code: 'policyNotMet', detail: { misses: 'source' } } })
    const revoked = await walletOf({ statusIndex: 9 })
    expect(consider(revoked, vram(8192n))).toMatchObject({ wallet: revoked, reason: { code: 'revoked' } })
  })

  it('throws for what is wrong with the request itself, whatever the wallet holds: that tells nothing', async () => {
    for (const wallet of [createWallet(PHRASE), await walletOf({})]) {
      expect(() => consider(wallet, vram(8000n))).toThrow(expect.objectContaining({ code: 'policyOffGrid' }))
      expect(() => consider(wallet, vram(8192n), { now: NOW + 1800 })).toThrow(
        expect.objectContaining({ code: 'nowOffStep' }),
      )
      expect(() => consider(wallet, vram(8192n), { registry: 'A'.repeat(43) })).toThrow(
        expect.objectContaining({ code: 'registryInvalid' }),
      )
    }
  })
})

describe("the wallet's budget", () => {
  /** A dapp that bisects a claim by one-bit questions, and learns from answers and refusals alike. */
  function bisect(start: Wallet, questions: number, insist = false) {
    let [low, high, wallet] = [0n, 256n, start]
    const heard: string[] = []
    let warned = -1
    for (let i = 0; i < questions && low < high; i++) {
      const middle = (low + high + 1n) / 2n
      const outcome = consider(wallet, vram(middle * 1024n), { insist })
      wallet = outcome.wallet
      if (codes(outcome).includes('fewMachines') && warned < 0) warned = i
      if (outcome.reason?.code === 'budgetExceeded')
        return { low, high, heard: [...heard, 'budgetExceeded'], warned, wallet }
      heard.push(outcome.reason === undefined ? 'answered' : 'declined')
      if (outcome.reason === undefined) low = middle
      else high = middle - 1n
    }
    return { low, high, heard, warned, wallet }
  }

  it('twenty one-bit questions pin no value: the wallet stops, and has warned where it did not', async () => {
    for (const gib of [8n, 24n, 80n, 192n]) {
      const claims = { vramMiB: measured(gib * 1024n), gops: measured(41_000n) }
      // the dapp has asked after throughput before, as any would
      const start = consider(await walletOf({ claims }), { gops: { min: '30000', max: '50000', source } }).wallet
      const { low, high, heard } = bisect(start, 20)
      expect(heard.at(-1)).toBe('budgetExceeded')
      expect(high).toBeGreaterThan(low)
      // a first question costs little
      expect(heard.length).toBeGreaterThan(2)
    }
  })

  it('twenty one-bit questions about one claim alone do not pin it without a warning', async () => {
    for (const gib of [1n, 2n, 24n, 80n]) {
      const { low, high, heard, wallet } = bisect(await walletOf({ claims: { vramMiB: measured(gib * 1024n) } }), 20)
      if (heard.at(-1) === 'budgetExceeded') {
        expect(high).toBeGreaterThan(low)
        continue
      }
      expect([low, high]).toEqual([gib, gib])
      const title = '“The GPUs of one model in a machine”: GPU memory (VRAM) of the smallest'
      const message = `With all that ${dapp.did} was told, it knows ${title}: exactly ${gib * 1024n} MiB.`
      expect(consider(wallet, vram(gib * 1024n)).description.warnings).toContainEqual({ code: 'tooNarrow', message })
    }
  })

  it('warns below fifty machines before it refuses below ten', async () => {
    const wallet = await walletOf({})
    const seen: string[] = []
    let current = wallet
    for (const claims of [
      { gops: { min: '40000', max: '42000', source } },
      { memoryMBps: { min: '500000', source } },
      { hostRamMiB: { min: '32768', max: '131072', source } },
      { vramMiB: { min: '24576', max: '40960', source } },
    ] as PolicyJson['claims'][]) {
      const outcome = consider(current, claims)
      current = outcome.wallet
      seen.push(outcome.reason?.code ?? (codes(outcome).includes('fewMachines') ? 'warned' : 'answered'))
    }
    expect(seen).toEqual(['answered', 'warned', 'budgetExceeded', 'budgetExceeded'])
  })

  it('four claims pinned to three grid values each are refused', async () => {
    const pinned = (name: keyof typeof VALUES, step: bigint) => {
      return [name, { min: String(VALUES[name]), max: String(VALUES[name] + 2n * step), source }] as const
    }
    const four = [
      pinned('vramMiB', 1024n),
      pinned('gops', 1000n),
      pinned('memoryMBps', 10_000n),
      pinned('hostRamMiB', 1024n),
    ]
    const wallet = await walletOf({})
    const outcome = consider(wallet, Object.fromEntries(four))
    expect(outcome.reason).toMatchObject({
      code: 'budgetExceeded',
      message: expect.stringContaining('of all machines, hardly one would still fit what it was told'),
      detail: { audience: dapp.did, fit: 0 },
    })
    expect(codes(outcome)).toContain('fewMachines')
    // a refusal for the budget is the same whatever the values are: it tells nothing, so nothing is remembered
    expect(outcome.wallet).toBe(wallet)
    // in turn they come to the same
    let current = wallet
    const reasons = four.map(([name, range]) => {
      const next = consider(current, { [name]: range })
      current = next.wallet
      return next.reason?.code
    })
    expect(reasons.at(-1)).toBe('budgetExceeded')
  })

  it('answers nevertheless when the holder insists, with the warning', async () => {
    const outcome = consider(
      await walletOf({}),
      { ...vram(24_576n, 24_576n), gops: { min: '41000', max: '41000', source } },
      { insist: true },
    )
    expect(outcome.choices).toHaveLength(1)
    expect(codes(outcome)).toContain('fewMachines')
    expect(outcome.wallet.told[0]!.answered).toBe(1)
  })

  it('is not emptied by questions that two credentials of a machine answer in turn', async () => {
    const second = issuer('second office')
    const both = registryView([
      { issuer: office, schema: HARDWARE },
      { issuer: second, schema: HARDWARE },
    ])
    let wallet = await walletOf(
      { claims: { gops: measured(41_000n), vramMiB: measured(24_576n) } },
      { by: second, claims: { gops: measured(83_000n), vramMiB: measured(24_576n) } },
    )
    const ask = (claims: PolicyJson['claims']) => {
      const request = proofRequest(dapp.did, { policies: [{ schema: HARDWARE, claims }] })
      const outcome = considerRequest({ request, wallet, view: both, now: NOW })
      wallet = outcome.wallet
      return outcome.reason?.code ?? 'answered'
    }
    const heard = [ask({ gops: { min: '40000', max: '42000', source } })]
    for (const bound of [
      { min: '80000', max: '86000', source },
      { min: '40000', max: '42000', source },
    ] as const) {
      heard.push(ask({ gops: bound }))
    }
    expect(wallet.told.map(({ claims }) => claims.gops)).toContainEqual([[40_000n, 42_000n]])
    heard.push(ask({ ...vram(24_576n, 40_960n), gops: { min: '40000', max: '42000', source } }))
    expect(heard.at(-1)).not.toBe('answered')
  })

  it('can not be asked upward, value by value, until it is silent', async () => {
    for (const gib of [12n, 24n, 48n]) {
      const claims = { vramMiB: measured(gib * 1024n), gops: measured(41_000n) }
      let { wallet } = consider(await walletOf({ claims }), { gops: { min: '38000', max: '44000', source } })
      let asked = 1n
      let outcome = consider(wallet, vram(asked * 1024n))
      while (outcome.reason === undefined && asked < 200n) {
        wallet = outcome.wallet
        asked++
        outcome = consider(wallet, vram(asked * 1024n))
      }
      expect(outcome.reason?.code).toBe('budgetExceeded')
      expect(asked).toBeLessThan(gib)
    }
  })

  it('leaves ten machines or more, whatever is asked, in whatever order', async () => {
    const wallet = await walletOf({}, { device: other, claims: { vramMiB: measured(8192n), gops: measured(900n) } })
    const grid = fc.constantFrom<[string, bigint, bigint]>(
      ['vramMiB', 1024n, 96n],
      ['gops', 1000n, 99n],
      ['memoryMBps', 100_000n, 99n],
      ['hostRamMiB', 8192n, 64n],
    )
    const range = grid.chain(([name, step, most]) => {
      const pair = fc.tuple(fc.bigInt(0n, most), fc.bigInt(0n, most), fc.boolean())
      return pair.map(([a, b, isOpen]) => {
        const [low, high] = a < b ? [a, b] : [b, a]
        const max = isOpen ? {} : { max: String(high * step) }
        return [name, { min: String(low * step), ...max, source }] as const
      })
    })
    const question = fc.array(range, { minLength: 1, maxLength: 3 }).map((ranges) => Object.fromEntries(ranges))
    fc.assert(
      fc.property(fc.array(question, { minLength: 1, maxLength: 25 }), (questions) => {
        const { told } = questions.reduce((state, claims) => consider(state, claims).wallet, wallet)
        for (const about of [device, other]) {
          expect(estimateFit(told, { audience: dapp.did, device: about })).toBeGreaterThanOrEqual(10)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('near the end does not let the truth decide whether it is silent', async () => {
    // the dapp knows nearly all: of any further question that it can't answer itself, both outcomes are refused
    const known = { ...vram(24_576n, 32_768n), gops: { min: '40000', max: '42000', source } }
    const { wallet } = consider(await walletOf({}), known, { insist: true })
    for (const min of [25_600n, 31_744n, 32_768n]) {
      const outcome = consider(wallet, vram(min))
      expect(outcome).toMatchObject({ wallet, reason: expect.anything() })
    }
  })

  it('answers by another device that stays within it', async () => {
    const wallet = await walletOf({}, { device: other, issuedAt: NOW - 200 })
    const narrow = { ...vram(24_576n, 30_720n), gops: { min: '38000', max: '44000', source } }
    const first = consider(wallet, narrow, { insist: true })
    expect(first.choices![0]!.credential.device).toBe(device)
    const wide = { memoryMBps: { min: '500000', source } }
    const second = consider(first.wallet, wide)
    expect(second.choices![0]!.credential.device).toBe(other)
  })

  it("counts the holder's score together with each device", async () => {
    const score = {
      by: ledger,
      schema: REPUTATION,
      claims: { score: measured(950n) },
      terms: sourceTerms(keys, ledger.did),
    }
    const wallet = await walletOf({}, score)
    const asked = consider(wallet, { ...vram(24_576n, 40_960n), gops: { min: '38000', max: '44000', source } })
    expect(asked.choices).toHaveLength(1)
    const policies: PolicyJson[] = [{ schema: REPUTATION, claims: { score: { min: '940', max: '960', source } } }]
    const request = proofRequest(dapp.did, { policies })
    expect(considerRequest({ request, wallet: asked.wallet, view, now: NOW }).reason?.code).toBe('budgetExceeded')
    expect(considerRequest({ request, wallet, view, now: NOW }).choices).toHaveLength(1)
  })

  it('answers whether there is a score at all: a refusal would leave many, since many are new', async () => {
    const score = {
      by: ledger,
      schema: REPUTATION,
      claims: { score: measured(3n) },
      terms: sourceTerms(keys, ledger.did),
    }
    const wallet = await walletOf({}, score)
    const policies: PolicyJson[] = [{ schema: REPUTATION, claims: { score: { min: '1', source } } }]
    const request = proofRequest(dapp.did, { policies })
    expect(considerRequest({ request, wallet, view, now: NOW }).choices).toHaveLength(1)
  })

  it("exempts the registry's ledgers, and remembers nothing of them", async () => {
    const wallet = await walletOf({})
    const narrow = { ...vram(24_576n, 24_576n), gops: { min: '41000', max: '41000', source } }
    const outcome = consider(wallet, narrow, { of: ledger.did })
    expect(outcome.choices).toHaveLength(1)
    expect(outcome.wallet).toBe(wallet)
    expect(consider(wallet, vram(32_768n), { of: ledger.did })).toMatchObject({
      wallet,
      reason: { code: 'policyNotMet' },
    })
  })
})
