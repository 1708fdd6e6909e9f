import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sourceTerms } from '../../src/holder/credential-terms.ts'
import { describeRequest } from '../../src/holder/describe-request.ts'
import { type HeldCredential, readCredential } from '../../src/holder/read-credential.ts'
import {
  COMPUTE,
  canHaveSource,
  claimDefinition,
  claimNames,
  HARDWARE,
  REPUTATION,
  UPTIME,
} from '../../src/protocol/claim-schemas.ts'
import type { PolicyJson } from '../../src/protocol/policy.ts'
import type { ProofRequestJson } from '../../src/protocol/proof-request.ts'
import type { SourceName } from '../../src/protocol/sources.ts'
import { issuer, keys, measured as measuredValue, party, proofRequest } from './fixture.ts'

const dapp = party('dapp')
interface Options extends Partial<ProofRequestJson> {
  issuers?: number
  credentials?: HeldCredential[]
}
const describeWith = (policies: PolicyJson[], { issuers = 5, credentials = [], ...changes }: Options = {}) => {
  const view = { trustedIssuers: () => issuers }
  return describeRequest(proofRequest(dapp.did, { policies, ...changes }), { view, credentials })
}
const codes = (policies: PolicyJson[], options: Options = {}) => {
  return describeWith(policies, options).warnings.map(({ code }) => code)
}
const source = 'measured' as const

describe('describing a request in plain words', () => {
  it('says who asks, and all that is revealed, with units, and how each claim was obtained', () => {
    const policies: PolicyJson[] = [
      {
        schema: COMPUTE,
        claims: {
          ramMiB: { min: '8192', max: '65536', source },
          gops: { source },
          cores: { min: '4', source: 'selfReported' },
        },
      },
      {
        schema: UPTIME,
        claims: { epoch: { min: '20500', max: '20500', source }, uptimeMicro: { min: '995000', source } },
      },
    ]
    const replay = { key: 'devicePseudonym', period: '2027-W03' } as const
    expect(describeWith(policies, { sameDevice: true, replay })).toEqual({
      asks: `${dapp.did} asks, for the purpose “joining the network”.`,
      reveals: [
        `Your pseudonym for ${dapp.did}: the same each time it asks, and linked to none of your others.`,
        '“A machine”: a device pseudonym, made for this audience, by which it knows this device again.',
        '“A machine”: main memory (RAM): between 8192 MiB and 65536 MiB (measured).',
        '“A machine”: int8 throughput of the processor: any value (measured).',
        '“A machine”: processor cores: at least 4 cores (self-reported).',
        '“How reliably a machine stayed up in one epoch”: a device pseudonym, made for this audience, by which it knows this device again.',
        '“How reliably a machine stayed up in one epoch”: epoch: exactly 20500 (measured).',
        '“How reliably a machine stayed up in one epoch”: share of the epoch up: at least 99.5 % (measured).',
        'That all of this is about one device.',
        'Each device is accepted once for this purpose in the period “2027-W03”.',
        'A session key made for this audience alone, which shows that the answer is yours.',
        'Nothing else: a value stays hidden within its range, and its issuer among all that are trusted for it.',
      ],
      warnings: [
        {
          code: 'selfReported',
          message:
            '“A machine”: processor cores: at least 4 cores (self-reported). Nobody need have checked it: the answer does not show that it is true.',
        },
      ],
    })
  })

  it('names each way in which a claim may have been obtained', () => {
    const words = (least: SourceName) => {
      return describeWith([{ schema: HARDWARE, claims: { vramMiB: { min: '24576', source: least } } }]).reveals[2]
    }
    const range = '“The GPUs of one model in a machine”: GPU memory (VRAM) of the smallest: at least 24576 MiB'
    expect(words('selfReported')).toBe(`${range} (self-reported or measured or attested by the hardware's vendor).`)
    expect(words('measured')).toBe(`${range} (measured or attested by the hardware's vendor).`)
    expect(words('attested')).toBe(`${range} (attested by the hardware's vendor).`)
  })

  it('names the context, whose pseudonym is a fresh one', () => {
    const audience = { did: dapp.did, context: 'season 1' }
    const said = describeWith([{ schema: COMPUTE, claims: {} }], { audience })
    expect(said.asks).toBe(`${dapp.did} asks, under the context “season 1”, for the purpose “joining the network”.`)
    expect(said.reveals[0]).toBe(
      `Your pseudonym for ${dapp.did} under “season 1”: a fresh one, linked to none of your others.`,
    )
  })

  it("speaks of a score's source, where there is no device", () => {
    const said = describeWith([{ schema: REPUTATION, claims: { score: { min: '800', source } } }])
    expect(said.reveals).toContain(
      "“A score under score model 1”: a tag of the credential's source, made for this audience.",
    )
  })

  it('never calls RAM VRAM, nor a self-reported value anything better', () => {
    const stated = claimNames(COMPUTE).filter((name) => claimDefinition(COMPUTE, name).sources.includes('selfReported'))
    fc.assert(
      fc.property(fc.subarray(stated, { minLength: 1 }), (names) => {
        const claims = Object.fromEntries(names.map((name) => [name, { source: 'selfReported' as const }]))
        const said = describeWith([{ schema: COMPUTE, claims }])
        expect(JSON.stringify(said)).not.toMatch(/VRAM|GPU memory|verified/i)
        expect(said.warnings.map(({ code }) => code)).toEqual(names.map(() => 'selfReported'))
      }),
    )
    expect(canHaveSource(claimDefinition(COMPUTE, 'cores'), 'measured')).toBe(false)
  })
})

describe('warning of a request', () => {
  const ram = (min: string, max: string): PolicyJson[] => [
    { schema: COMPUTE, claims: { ramMiB: { min, max, source } } },
  ]

  it('tooNarrow: no more than two grid values of a claim', () => {
    expect(codes(ram('8192', '8192'))).toEqual(['tooNarrow'])
    expect(codes(ram('8192', '9216'))).toEqual(['tooNarrow'])
    expect(codes(ram('8192', '10240'))).toEqual([])
    expect(codes([{ schema: HARDWARE, claims: { gops: { min: '41000000', max: '42000000', source } } }])).toEqual([
      'tooNarrow',
    ])
    const model = (anyOf: string[]): PolicyJson[] => [
      { schema: HARDWARE, claims: { model: { anyOf, source: 'attested' } } },
    ]
    expect(codes(model(['7']))).toEqual(['tooNarrow'])
    expect(codes(model(['7', '7', '7']))).toEqual(['tooNarrow'])
    expect(codes(model(['7', '8', '9']))).toEqual([])
    expect(describeWith(ram('8192', '8192')).warnings[0]!.message).toBe(
      '“A machine”: main memory (RAM): exactly 8192 MiB (measured). So narrow a range tells nearly your exact value.',
    )
  })

  it('does not warn of a pinned epoch, which is the same for everyone', () => {
    expect(codes([{ schema: UPTIME, claims: { epoch: { min: '20500', max: '20500', source } } }])).toEqual([])
  })

  it('tooMany: more than two policies, or more than four bounded claims in one', () => {
    const policy = { schema: COMPUTE, claims: {} }
    expect(codes([policy, policy])).toEqual([])
    expect(codes([policy, policy, policy])).toEqual(['tooMany'])
    const four = {
      vramMiB: { min: '8192', source },
      gops: { min: '100', source },
      memoryMBps: { min: '100', source },
      hostRamMiB: { min: '1024', source },
    }
    const fifth = (min: string) => ({ ...four, computeCapability: { min, source: 'attested' as const } })
    expect(codes([{ schema: HARDWARE, claims: four }])).toEqual([])
    expect(codes([{ schema: HARDWARE, claims: fifth('80') }])).toEqual(['tooMany'])
    expect(codes([{ schema: HARDWARE, claims: fifth('0') }])).toEqual([])
  })

  it('singleIssuer and noIssuer', () => {
    const policies = [{ schema: COMPUTE, claims: {} }]
    expect(codes(policies, { issuers: 2 })).toEqual([])
    expect(describeWith(policies, { issuers: 1 }).warnings).toEqual([
      {
        code: 'singleIssuer',
        message: '“A machine”: one issuer alone is trusted for it, so the proof tells who issued your credential.',
      },
    ])
    expect(codes(policies, { issuers: 0 })).toEqual(['noIssuer'])
  })

  it('selfReported: each claim for which that will do', () => {
    expect(codes([{ schema: COMPUTE, claims: { ramMiB: { source: 'selfReported' } } }])).toEqual(['selfReported'])
    expect(codes([{ schema: COMPUTE, claims: { ramMiB: { source } } }])).toEqual([])
  })

  it("alsoIssuer: by name, since the pseudonym for it is its own credential's subject", async () => {
    const both = issuer('dapp')
    const terms = sourceTerms(keys, both.did)
    const score = readCredential(
      await both.issue({ schema: REPUTATION, claims: { score: measuredValue(25n) }, terms }),
      keys,
    )
    const other = issuer('office')
    const foreign = readCredential(
      await other.issue({ schema: REPUTATION, claims: {}, terms: sourceTerms(keys, other.did) }),
      keys,
    )
    expect(both.did).toBe(dapp.did)
    const policies = [{ schema: COMPUTE, claims: {} }]
    expect(describeWith(policies, { credentials: [score, score, foreign] }).warnings).toEqual([
      {
        code: 'alsoIssuer',
        message: `${dapp.did} issued you “A score under score model 1”: your pseudonym for it is the subject of that credential, so it knows whose answer this is.`,
      },
    ])
    expect(codes(policies, { credentials: [foreign] })).toEqual([])
    const audience = { did: dapp.did, context: 'season 1' }
    expect(describeWith(policies, { credentials: [score], audience }).warnings[0]!.message).toContain(
      'it knows exact values of yours',
    )
  })
})
