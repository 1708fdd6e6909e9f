import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'fflate'

const require = createRequire(import.meta.url)
export const embedded = new URL('../../src/verifier/mcl-bytes.ts', import.meta.url)

/** The WebAssembly that the installed mcl-wasm carries in base64, unchanged. */
export function readMclWasm(): Uint8Array {
  const source = readFileSync(require.resolve('mcl-wasm/dist/mcl_c.js'), 'utf8')
  const [, base64] = /const wasmBase64 = '([A-Za-z0-9+/]+=*)'/.exec(source) ?? []
  if (base64 === undefined) throw new Error('mcl-wasm carries its WebAssembly in another way than before')
  return Buffer.from(base64, 'base64')
}

/**
 * The text of src/verifier/mcl-bytes.ts. The package mcl-wasm has its WebAssembly uncompressed, and JavaScript for
 * 189 functions of which the verifier calls 20: three times the size, in every web page that verifies.
 */
export function renderMclBytes(): string {
  const wasm = readMclWasm()
  const { version } = JSON.parse(readFileSync(require.resolve('mcl-wasm/package.json'), 'utf8')) as { version: string }
  const compressed = Buffer.from(gzipSync(wasm, { level: 9, mtime: 0 })).toString('base64')
  return `// Written by scripts/mcl/embed-mcl.ts. A test compares it with the package that it comes from.

${LICENCE}

/** SHA-256 of the WebAssembly in mcl-wasm ${version}. */
export const MCL_SHA256 = '${createHash('sha256').update(wasm).digest('hex')}'

/** Those bytes, gzip, base64. The type is stated so that declarations don't repeat the text. */
export const MCL_GZIP_BASE64: string =
  '${compressed}'
`
}

/** The licence asks that binaries carry its text; \`@license\` makes bundlers keep it. */
const LICENCE = `/*!
 * @license mcl (https://github.com/herumi/mcl), BSD-3-Clause
 *
 * Copyright (c) 2015 MITSUNARI Shigeo. All rights reserved.
 *
 * Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
 * following conditions are met:
 *
 * Redistributions of source code must retain the above copyright notice, this list of conditions and the following
 * disclaimer. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the
 * following disclaimer in the documentation and/or other materials provided with the distribution. Neither the name of
 * the copyright owner nor the names of its contributors may be used to endorse or promote products derived from this
 * software without specific prior written permission.
 *
 * THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
 * INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
 * DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
 * SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
 * SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY,
 * WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF
 * THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
 */`

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(embedded, renderMclBytes())
