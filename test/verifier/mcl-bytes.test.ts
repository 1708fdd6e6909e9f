import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { embedded, readMclWasm, renderMclBytes } from '../../scripts/mcl/embed-mcl.ts'
import { MCL_GZIP_BASE64, MCL_SHA256 } from '../../src/verifier/mcl-bytes.ts'

it('is the WebAssembly of the package mcl-wasm, byte for byte', () => {
  const bytes = gunzipSync(Buffer.from(MCL_GZIP_BASE64, 'base64'))
  expect(bytes.equals(readMclWasm())).toBe(true)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(MCL_SHA256)
})

it('is what the script writes', () => {
  expect(readFileSync(embedded, 'utf8')).toBe(renderMclBytes())
})
