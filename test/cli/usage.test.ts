import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { capabilityOf, provedRangeWords } from '../../src/cli/capability.ts'
import { loadProgram, loadWholeProgram } from '../../src/cli/load-program.ts'
import { coarse, hardwareOf } from '../../src/client/capability.ts'
import { assertReasonable } from '../../src/client/measure-machine.ts'
import { COMPUTE, didSignerFromKey, HARDWARE, statedClaims } from '../../src/protocol/index.ts'
import { randomBytes } from '../shared/http.ts'
import { type Home, makeHome } from './run-assay.ts'

/** Every command with its full name. */
function commandsOf(command: Command, name = 'assay'): [string, Command][] {
  const children = command.commands.flatMap((child) => commandsOf(child, `${name} ${child.name()}`))
  return [[name, command], ...children]
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  return text
}

const program = await loadWholeProgram()

describe('--help', () => {
  const commands = commandsOf(program)

  it('is there for every command', () => {
    const names = commands.map(([name]) => name.replace('assay ', ''))
    const wanted = ['serve', 'inspect', 'enroll', 'agent', 'present', 'verify', 'verify new-request', 'score', 'revoke']
    const groups = [
      'wallet create',
      'wallet restore',
      'wallet show',
      'wallet add',
      ...['wallet told', 'wallet export', 'wallet backup', 'directory search', 'directory add', 'directory remove'],
      ...['machine binding', 'machine release', 'machine retire'],
      'issuer show',
      'issuer jobs',
    ]
    const registry = [
      ...['show', 'log', 'roots', 'conflicts', 'trust', 'suspend', 'reinstate', 'remove'],
      ...['clear', 'publish-list', 'urgent', 'void', 'clock', 'witness', 'witness-key'],
    ].map((name) => `registry ${name}`)
    expect(names).toEqual(expect.arrayContaining([...wanted, ...groups, ...registry]))
  })

  it.each(commands)('of %s teaches: a sentence, an example of that command, and what there is', (name, command) => {
    const help = helpOf(command)
    expect(command.description()).toMatch(/^[A-Z].{30,}\.$/)
    expect(help).toMatch(/Examples?:\n/)
    expect(help).toMatch(new RegExp(`\\n  ${name}[ \\n]`))
    for (const option of command.options) expect(option.description, option.flags).not.toBe('')
  })

  it('is the same whether all commands are loaded or the one that is named', async () => {
    for (const command of program.commands) {
      const one = await loadProgram(['--json', command.name(), 'x'])
      expect(one.commands.map((loaded) => loaded.name())).toEqual([command.name()])
      expect(helpOf(one.commands[0]!)).toBe(helpOf(command))
    }
    expect((await loadProgram(['--help'])).commands).toHaveLength(program.commands.length)
  })

  it('offers no flag for a passphrase, a phrase or a secret', () => {
    const flags = commands.flatMap(([, command]) => command.options.map(({ long }) => long))
    for (const flag of ['--passphrase', '--phrase', '--secret', '--kms-secret', '--database-url']) {
      expect(flags).not.toContain(flag)
    }
  })
})

describe('exit codes, as a process', () => {
  let home: Home
  beforeAll(async () => {
    home = await makeHome()
  })
  afterAll(() => home.remove())

  it.concurrent.each<[string, string[]]>([
    ['an unknown command', ['wallet', 'sho']],
    ['an unknown option', ['inspect', '--fast']],
    ['a missing option', ['revoke', 'urn:uuid:0a4d55a8-d778-4022-8022-c05f0fbc96f8']],
    ['a value that can not be meant', ['wallet', 'create', '--words', '13']],
    ['a URL that is none', ['score', '1', '--service', 'assay']],
    ['no service', ['enroll']],
  ])('are 2 for %s, with one JSON object if wanted', async (_, args) => {
    const { code, result, stderr } = await home.json(args)
    expect([code, result, stderr]).toEqual([2, { ok: false, code: 'usage', message: expect.any(String) }, ''])
  })

  it('are 2 for people, too, who are told where to look', async () => {
    const { code, stdout, stderr } = await home.assay(['present'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Give --to URL (a reputation service) or --request FILE (of a dapp)')
    const unknown = await home.assay(['frobnicate'])
    expect([unknown.code, unknown.stdout]).toEqual([2, ''])
    expect(unknown.stderr).toContain("unknown command 'frobnicate'")
  })

  it('are 0 for help and version that were asked for', async () => {
    const help = await home.assay(['enroll', '--help'])
    expect([help.code, help.stderr]).toEqual([0, ''])
    expect(help.stdout).toContain('assay enroll --service http://127.0.0.1:8787')
    expect(await home.assay(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' })
  })

  it('are 3 when nobody answers, there is no wallet, or no terminal to ask', async () => {
    const nobody = await home.json(['score', '1', '--service', 'http://127.0.0.1:9'])
    expect(nobody).toMatchObject({ code: 3, result: { ok: false, code: 'unavailable' } })
    expect(nobody.result.message).toContain("http://127.0.0.1:9 can't be reached")
    const none = await home.json(['wallet', 'show'])
    expect(none).toMatchObject({ code: 3, result: { ok: false, code: 'notFound' } })
    expect(none.result.message).toContain('make one with `assay wallet create`')
    const silent = await home.json(['wallet', 'create'], { env: { ASSAY_PASSPHRASE: '' } })
    expect(silent).toMatchObject({ code: 3, result: { ok: false, code: 'walletLocked' } })
    const foreign = await home.json(['registry', 'suspend', '1', '--data-folder', home.path('nothing')])
    expect(foreign).toMatchObject({ code: 3, result: { ok: false, code: 'notFound' } })
    const configured = await home.json(['serve', '--slots-per-epoch', '3', '--data-folder', home.path('never')])
    expect(configured).toMatchObject({ code: 3, result: { ok: false, code: 'configInvalid' } })
    const port = await home.json(['serve', '--port', '65536', '--data-folder', home.path('never')])
    expect(port.result.message).toBe('The configuration is not valid: port must be at most 65535')
  })

  it('are 1 for a wrong passphrase, which no file or message repeats', async () => {
    const wallet = home.path('w.age')
    await writeFile(home.path('pass'), 'the right one\n')
    const flags = ['--wallet', wallet, '--passphrase-file', home.path('pass')]
    expect(await home.json(['wallet', 'create', '--words', '12', ...flags])).toMatchObject({ code: 0 })
    const wrong = await home.assay(['wallet', 'show', '--wallet', wallet], {
      env: { ASSAY_PASSPHRASE: 'the wrong one' },
    })
    expect([wrong.code, wrong.stdout]).toEqual([1, ''])
    expect(wrong.stderr).toContain('Refused (walletLocked): The wallet cannot be opened with this passphrase.')
    expect(wrong.stderr).not.toContain('the wrong one')
    const again = await home.json(['wallet', 'create', ...flags])
    expect(again).toMatchObject({ code: 3, result: { code: 'conflict' } })
    expect(await home.json(['wallet', 'show', ...flags])).toMatchObject({ code: 0, result: { credentials: [] } })
  })

  it('issuer jobs loses no credential of several that are issued at once', async () => {
    const issuer = ['--marketplace', 'gpus.example', '--key', home.path('gpus.key')]
    const registry = ['--registry', 'A'.repeat(43)]
    expect(await home.json(['issuer', 'trust-document', ...issuer, ...registry])).toMatchObject({ code: 0 })
    const issued = await Promise.all(
      ['1', '2', '3', '4'].map(async (binding) => {
        const counts = { completed: 1, failed: 0, disputed: 0, ratingSum: 0, ratingCount: 0 }
        const claims = { epoch: 2900, ...counts, firstEpoch: 2900, distinctUsers: 1 }
        const wanted = { holder: didSignerFromKey(randomBytes(32)).did, subject: '1', binding, claims }
        await writeFile(home.path(`${binding}.json`), JSON.stringify(wanted))
        return home.json(['issuer', 'jobs', ...issuer, '--claims', home.path(`${binding}.json`)])
      }),
    )
    const ids = issued.filter(({ code }) => code === 0).map(({ result }) => result.id)
    expect(ids.length).toBeGreaterThan(0)
    for (const { result } of issued.filter(({ code }) => code !== 0)) expect(result.code).toBe('fileInUse')
    const { entries } = JSON.parse(await readFile(home.path('gpus.key.status.json'), 'utf8'))
    expect(entries.flatMap(({ credentials }: { credentials: string[] }) => credentials).sort()).toEqual(ids.sort())
  })

  it('inspect says what it found, and that nobody checked it', async () => {
    const { code, result } = await home.json(['inspect'])
    expect(code).toBe(0)
    expect(result).toMatchObject({
      ok: true,
      selfReported: true,
      compute: { schema: COMPUTE },
      hardware: [],
      rejected: [],
      notices: [],
    })
    const { sources } = result.compute as { sources: Record<string, string> }
    expect(new Set(Object.values(sources))).toEqual(new Set(['selfReported']))
    const { stdout } = await home.assay(['inspect'])
    expect(stdout).toContain('Self-reported: nobody checked it.')
    expect(stdout).not.toContain('verified')
  })
})

describe('what a service may ask of this machine', () => {
  const challenge = {
    type: 'mm1-challenge' as const,
    ...{ id: 'AAAAAAAAAAAAAAAAAAAAAA', nonce: '0'.repeat(64), beacon: '0'.repeat(64), seedB: '0'.repeat(64) },
  }

  it('is bounded: operations, memory and deadline', () => {
    const fair = { ...challenge, n: 1024, layers: 8, deadlineMs: 60_000 }
    expect(() => assertReasonable(fair, 0)).not.toThrow()
    expect(() => assertReasonable({ ...fair, n: 8192, layers: 1 }, 0)).toThrow('busy for many minutes')
    expect(() => assertReasonable({ ...fair, n: 2304, layers: 64 }, 0)).toThrow(/busy for many minutes|gigabyte/)
    expect(() => assertReasonable({ ...fair, n: 2048, layers: 64 }, 0)).toThrow(/busy for many minutes|gigabyte/)
    expect(() => assertReasonable({ ...fair, deadlineMs: 900_001 }, 0)).toThrow('15 minutes')
  })
})

describe('a capability that is shown', () => {
  it('is coarse unless bounds are named: a power of two steps below the true value', () => {
    const gib = { step: 1024n }
    expect([23_552n, 1023n, 1024n, 0n].map((value) => coarse(value, gib))).toEqual([16_384n, 0n, 1024n, 0n])
    expect([38_000n, 99n, 1n, 0n].map((value) => coarse(value, { digits: 2 }))).toEqual([32_000n, 64n, 1n, 0n])
    const compute = {
      schema: COMPUTE,
      ...statedClaims(COMPUTE, {
        ramMiB: { value: 23_552n, source: 'selfReported' },
        gops: { value: 1200n, source: 'measured' },
        cores: { value: 2n, source: 'selfReported' },
      }),
    }
    const gops = { source: 'measured' }
    expect(capabilityOf(compute, []).ranges).toEqual({
      ramMiB: { min: '16384', source: 'selfReported' },
      gops: { min: '1000', ...gops },
    })
    expect(capabilityOf(compute, ['cores=2'])).toEqual({
      schema: COMPUTE,
      ranges: { gops, cores: { min: '2', source: 'selfReported' } },
    })
    expect(() => capabilityOf(compute, ['netMbit=100'])).toThrow('The credential has no claim about netMbit')
    const card = statedClaims(HARDWARE, { gops: { value: 38_000n, source: 'attested' } })
    expect(hardwareOf({ schema: HARDWARE, ...card })).toEqual({
      schema: HARDWARE,
      ranges: { gops: { source: 'attested' } },
    })
    const words = Object.entries(capabilityOf(compute, []).ranges).map(([claim, range]) =>
      provedRangeWords(claim, range),
    )
    expect(words).toEqual(['gops ≥ 1000 (measured)', 'ramMiB ≥ 16384 (self-reported, nobody checked it)'])
    expect(provedRangeWords('gops', { source: 'measured' })).toBe('gops (measured)')
    expect(() => capabilityOf(compute, ['cores>2'])).toThrow('--min wants claim=value')
  })
})
