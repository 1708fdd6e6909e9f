import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeRequest } from '../../src/holder/describe-request.ts'
import { COMPUTE, claimSchema, HARDWARE, REPUTATION, UPTIME } from '../../src/protocol/claim-schemas.ts'
import type { PolicyJson } from '../../src/protocol/policy.ts'
import type { ProofRequestJson } from '../../src/protocol/proof-request.ts'
import { party, proofRequest } from './fixture.ts'

const dapp = party('dapp')
const describeWith = (policies: PolicyJson[], issuers: number, changes: Partial<ProofRequestJson> = {}) => {
  return describeRequest(proofRequest(dapp.did, { policies, ...changes }), { trustedIssuers: () => issuers })
}
const codes = (policies: PolicyJson[], issuers = 5) => describeWith(policies, issuers).warnings.map(({ code }) => code)
const measured = { assurance: { min: '2' } }

describe('describing a request in plain words', () => {
  it('says who asks, and all that is revealed, with units', () => {
    const policies = [
      { schema: COMPUTE, claims: { ramMiB: { min: '8192', max: '65536' }, ...measured } },
      {
        schema: UPTIME,
        claims: { epoch: { min: '20500', max: '20500' }, uptimeMicro: { min: '995000' }, ...measured },
      },
    ]
    const replay = { key: 'devicePseudonym', period: '2027-W03' } as const
    expect(describeWith(policies, 5, { sameDevice: true, replay })).toEqual({
      asks: `${dapp.did} asks, for the purpose “joining the network”.`,
      reveals: [
        `Your pseudonym for ${dapp.did}: the same each time it asks, and linked to none of your others.`,
        '“A machine without a GPU”: a device pseudonym, made for this audience, by which it knows this device again.',
        '“A machine without a GPU”: main memory (RAM): between 8192 MiB and 65536 MiB.',
        '“A machine without a GPU”: assurance: at least 2 (measured by a timed challenge).',
        '“How reliably a device stayed up in one epoch”: a device pseudonym, made for this audience, by which it knows this device again.',
        '“How reliably a device stayed up in one epoch”: epoch: exactly 20500.',
        '“How reliably a device stayed up in one epoch”: share of the epoch that it was up: at least 99.5 %.',
        '“How reliably a device stayed up in one epoch”: assurance: at least 2 (measured by a timed challenge).',
        'That all of this is about one device.',
        'Each device is accepted once for this purpose in the period “2027-W03”.',
        'A session key made for this audience alone, which shows that the answer is yours.',
        'Nothing else: a value stays hidden within its range, and its issuer among all that are trusted for it.',
      ],
      warnings: [],
    })
  })

  it('names the context, whose pseudonym is a fresh one', () => {
    const audience = { did: dapp.did, context: 'season 1' }
    const said = describeWith([{ schema: COMPUTE, claims: measured }], 5, { audience })
    expect(said.asks).toBe(`${dapp.did} asks, under the context “season 1”, for the purpose “joining the network”.`)
    expect(said.reveals[0]).toBe(
      `Your pseudonym for ${dapp.did} under “season 1”: a fresh one, linked to none of your others.`,
    )
  })

  it("speaks of a score's source, where there is no device", () => {
    const said = describeWith([{ schema: REPUTATION, claims: { score: { min: '800' }, ...measured } }], 5)
    expect(said.reveals).toContain(
      "“A score under score model 1”: a tag of the credential's source, made for this audience.",
    )
  })

  it('never calls RAM VRAM, nor a self-reported value anything better', () => {
    const claims = (schema: string) =>
      claimSchema(schema).claims.flatMap((claim) => (claim === null ? [] : [claim.name]))
    fc.assert(
      fc.property(fc.subarray(claims(COMPUTE)), fc.bigInt(0n, 1n), (names, assurance) => {
        const ranges = Object.fromEntries(
          names.map((name) => [name, name === 'assurance' ? { min: String(assurance) } : {}]),
        )
        const said = JSON.stringify(describeWith([{ schema: COMPUTE, claims: ranges }], 5))
        expect(said).not.toMatch(/VRAM|GPU memory|verified/i)
        expect(said).toContain('self-reported: nobody checked it')
      }),
    )
    const vram = describeWith([{ schema: HARDWARE, claims: { vramMiB: { min: '24576' } } }], 5)
    expect(vram.reveals).toContain('“A GPU”: GPU memory (VRAM): at least 24576 MiB.')
  })
})

describe('warning of a request', () => {
  it('tooNarrow: a range of one or two values on the grid, or one permitted model', () => {
    const ram = (min: string, max: string) => [{ schema: COMPUTE, claims: { ramMiB: { min, max }, ...measured } }]
    expect(codes(ram('8192', '8192'))).toEqual(['tooNarrow'])
    expect(codes(ram('8192', '9216'))).toEqual(['tooNarrow'])
    expect(codes(ram('8192', '10240'))).toEqual([])
    const model = (anyOf: string[]) => [{ schema: HARDWARE, claims: { model: { anyOf }, ...measured } }]
    expect(codes(model(['7']))).toEqual(['tooNarrow'])
    expect(codes(model(['7', '7', '7']))).toEqual(['tooNarrow'])
    expect(codes(model(['7', '8', '9']))).toEqual([])
    expect(describeWith(ram('8192', '8192'), 5).warnings[0]!.message).toBe(
      '“A machine without a GPU”: main memory (RAM): exactly 8192 MiB. So narrow a range tells nearly your exact value.',
    )
  })

  it('does not warn of a pinned epoch, which is the same for everyone', () => {
    expect(codes([{ schema: UPTIME, claims: { epoch: { min: '20500', max: '20500' }, ...measured } }])).toEqual([])
  })

  it('tooMany: more than two policies, or more than four bounded claims in one', () => {
    const policy = { schema: COMPUTE, claims: measured }
    expect(codes([policy, policy])).toEqual([])
    expect(codes([policy, policy, policy])).toEqual(['tooMany'])
    const four = {
      vramMiB: { min: '8192' },
      integerMops: { min: '100' },
      memoryMBps: { min: '100' },
      powerLimitW: { min: '10' },
    }
    expect(codes([{ schema: HARDWARE, claims: { ...four, ...measured } }])).toEqual([])
    expect(codes([{ schema: HARDWARE, claims: { ...four, computeCapability: { min: '80' }, ...measured } }])).toEqual([
      'tooMany',
    ])
    expect(codes([{ schema: HARDWARE, claims: { ...four, computeCapability: { min: '0' }, ...measured } }])).toEqual([])
  })

  it('singleIssuer and noIssuer', () => {
    const policies = [{ schema: COMPUTE, claims: measured }]
    expect(codes(policies, 2)).toEqual([])
    expect(describeWith(policies, 1).warnings).toEqual([
      {
        code: 'singleIssuer',
        message:
          '“A machine without a GPU”: one issuer alone is trusted for it, so the proof tells who issued your credential.',
      },
    ])
    expect(codes(policies, 0)).toEqual(['noIssuer'])
  })

  it('selfReported: wherever assurance 1 will do', () => {
    expect(codes([{ schema: COMPUTE, claims: {} }])).toEqual(['selfReported'])
    expect(codes([{ schema: COMPUTE, claims: { assurance: { min: '1' } } }])).toEqual(['selfReported'])
    expect(codes([{ schema: COMPUTE, claims: { assurance: { min: '2' } } }])).toEqual([])
  })
})
