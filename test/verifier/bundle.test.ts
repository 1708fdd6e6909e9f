import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import type * as Verifier from '../../src/verifier/index.ts'
import { readArtifact, testPresentation } from '../shared/proof-fixture.ts'
import { compute, registry, requestOf } from './scenario.ts'

/** What a web page may have to load, in bytes: all of `assay/verifier`, its libraries and its WebAssembly. */
const LIMIT = 500_000

describe('assay/verifier, bundled for web pages and minified', () => {
  let script: { contents: Uint8Array; text: string }

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('../../src/verifier/index.ts', import.meta.url))],
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'iife',
      globalName: 'verifier',
      write: false,
    })
    expect(outputFiles).toHaveLength(1)
    script = outputFiles[0]!
  })

  it(`is no larger than ${LIMIT / 1000} kB`, () => {
    expect(script.contents.length).toBeLessThanOrEqual(LIMIT)
  })

  it('carries the licence of the WebAssembly in it', () => {
    expect(script.text).toMatch(/@license mcl .* BSD-3-Clause/)
  })

  it('verifies with what a web page has, and without anything of Node', async () => {
    const page = createContext({ TextEncoder, TextDecoder, atob, btoa, crypto, URL })
    runInContext(script.text, page)
    const { loadVerificationKey, pairingHolds, proofPoints } = page.verifier as typeof Verifier
    const record = await readArtifact('json')
    const parts = { key: await readArtifact('vkey.json'), record, circuit: String(record.id) }
    const { pairing } = await loadVerificationKey({ ...parts, production: false })

    const asked = { request: await requestOf('bundle'), holder: 'alice', credentials: [compute('alice')], registry }
    const { proof, signals } = (await testPresentation(asked)).proofs[0]!
    const pair = ([x, y]: [string, string]): [bigint, bigint] => [BigInt(x), BigInt(y)]
    const points = proofPoints({ a: pair(proof.a), b: [pair(proof.b[0]), pair(proof.b[1])], c: pair(proof.c) })!
    const values = signals.map(BigInt)
    expect(pairingHolds(pairing, points, values)).toBe(true)
    expect(pairingHolds(pairing, points, values.with(0, 1n))).toBe(false)
  })
})
