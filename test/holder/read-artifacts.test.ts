import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { type PublishedArtifacts, readProverArtifacts } from '../../src/holder/read-artifacts.ts'

const file = (name: string) => readFile(new URL(`../../circuits/artifacts/${name}`, import.meta.url))

let published: PublishedArtifacts
beforeAll(async () => {
  const record: unknown = JSON.parse((await file('presentation.json')).toString())
  published = { record, wasm: await file('presentation.wasm.gz'), zkey: await file('presentation.zkey.gz') }
})

const corrupt = (name: string, reason: string) => ({
  code: 'artifactCorrupt',
  message: `The circuit artifact ${name} cannot be used: ${reason}`,
  detail: { file: name },
})

describe('what a prover needs, from the published files', () => {
  it('is decompressed', async () => {
    const { wasm, zkey } = await readProverArtifacts(published)
    expect(gunzipSync(published.wasm).equals(wasm)).toBe(true)
    expect(gunzipSync(published.zkey).equals(zkey)).toBe(true)
  })

  it('may come decompressed already, from a server that has `fetch` do it', async () => {
    const wasm = gunzipSync(published.wasm)
    expect(wasm.equals((await readProverArtifacts({ ...published, wasm })).wasm)).toBe(true)
  })

  it('is refused with another content than the record states', async () => {
    const wrong = 'its hash is not the recorded one'
    const exchanged = { ...published, wasm: published.zkey, zkey: published.wasm }
    await expect(readProverArtifacts(exchanged)).rejects.toMatchObject(corrupt('presentation.wasm.gz', wrong))
    const zkey = gunzipSync(published.zkey)
    zkey[5_000_000]! ^= 1
    const changed = readProverArtifacts({ ...published, zkey })
    await expect(changed).rejects.toMatchObject(corrupt('presentation.zkey.gz', wrong))
    await expect(readProverArtifacts({ ...published, zkey: new Uint8Array() })).rejects.toMatchObject(
      corrupt('presentation.zkey.gz', wrong),
    )
  })

  it('is refused with a record that is none', async () => {
    const refused = corrupt('record', 'it is not a ceremony record')
    await expect(readProverArtifacts({ ...published, record: {} })).rejects.toMatchObject(refused)
  })
})
