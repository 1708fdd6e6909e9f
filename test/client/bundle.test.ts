import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

it('assay/client is bundled for web pages: nothing that it loads is of Node', async () => {
  const { errors, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/client/index.ts', import.meta.url))],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    logLevel: 'silent',
  })
  expect(errors).toEqual([])
  expect(outputFiles[0]!.contents.length).toBeLessThan(400_000)
})
