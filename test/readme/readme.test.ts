import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPage, root } from '../docs/markdown.ts'
import { cloneRepository } from './clone.ts'
import { readerEnvironment } from './environment.ts'
import { type Step, stepsOf } from './steps.ts'
import { type Finished, type Running, run, start, type Terminal } from './terminal.ts'

/*
 * The README, done as a newcomer does it: every block in its order, as written, in a fresh clone, by real processes.
 *
 * Three things are the test's and not the reader's:
 *   - `npm test` is not run, since it is what runs this;
 *   - the two ports of the page are replaced by free ones, wherever they stand, so that another checkout on this
 *     machine can do the same at the same time;
 *   - the wallet's passphrase, which a reader types, comes from ASSAY_PASSPHRASE, and the home folder is an empty one.
 */
const PORTS = ['8787', '8788']

describe('README', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-readme-'))
  const clone = join(folder, 'assay')
  const terminal: Terminal = { cwd: clone, env: readerEnvironment(join(folder, 'home')) }
  const running: Running[] = []
  const done: { step: Step; finished: Finished }[] = []
  const outputOf = (part: string): string => {
    const found = done.find(({ step }) => step.text.includes(part))
    if (found === undefined) throw new Error(`The README has no block with ${part}`)
    return found.finished.stdout
  }

  beforeAll(async () => {
    cloneRepository(fileURLToPath(root), clone)
    const ports = await freePorts(PORTS.length)
    const replacePorts = (text: string) => PORTS.reduce((all, port, i) => all.replaceAll(port, String(ports[i])), text)
    for (const step of stepsOf(readPage('README.md'))) {
      if (step.text.trim() === 'npm test') continue
      const text = replacePorts(step.text)
      if (step.kind === 'save') writeFileSync(join(clone, step.name), text)
      if (step.kind === 'start') {
        // the page's port is the service's default, so it stands in no command there
        const begun = start(text, { ...terminal, env: { ...terminal.env, ASSAY_PORT: String(ports[0]) } })
        running.push(begun)
        await begun.says(step.ready)
      }
      if (step.kind !== 'run') continue
      const finished = await run(text, terminal)
      const shown = `README line ${step.line}: exit code ${finished.code}\n${finished.stdout}\n${finished.stderr}`
      if (finished.code !== 0) throw new Error(shown)
      done.push({ step, finished })
    }
  }, 3_600_000)

  afterAll(async () => {
    await Promise.all(running.map((process) => process.interrupt()))
    rmSync(folder, { recursive: true, force: true })
  })

  it('tells the whole story with its first command', () => {
    expect(outputOf('npm run demo')).toMatch(/rootUnknown/)
  })

  it('gets a stranger from a wallet to a score above 0', () => {
    expect(outputOf('npx assay wallet create')).toMatch(/^ +1\. [a-z]+ +7\. [a-z]+ +13\. [a-z]+ +19\. [a-z]+$/m)
    expect(outputOf('npx assay enroll')).toMatch(/\(measured\)/)
    const [, score] = /^(\d+) of 1000/m.exec(outputOf('npx assay score')) ?? []
    expect(Number(score)).toBeGreaterThan(0)
  })

  it("gets the dapp's yes, under another pseudonym than the reputation service's", () => {
    const [, atDapp] = /welcome, (\d{60,80})$/.exec(outputOf('--data-binary @answer.json')) ?? []
    const [, atReputation] = /"pseudonym":"(\d{60,80})"/.exec(outputOf('curl -s "http')) ?? []
    expect(atDapp).toBeDefined()
    expect(atReputation).toBeDefined()
    expect(atDapp).not.toBe(atReputation)
  })

  it('shows the score with its signature checked, and what holds it down', () => {
    expect(outputOf('npx tsx score.ts')).toMatch(/^\d+ of 1000, at least \d+:\n- /m)
  })

  it('leaves programs that end in order on Ctrl-C', async () => {
    const [service, agent] = running
    await Promise.all([service!.interrupt(), agent!.interrupt()])
    expect(service!.heard()).toMatch(/the service is closed/)
    expect(agent!.heard()).toMatch(/^Stopped\./m)
  })
})

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
