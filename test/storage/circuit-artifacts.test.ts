import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { artifactsFolder, loadProvingArtifacts, loadVerifyingArtifacts } from '../../src/storage/circuit-artifacts.ts'

let folder: string
let url: URL
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artifacts-'))
  url = pathToFileURL(`${folder}/`)
  await cp(artifactsFolder, folder, { recursive: true })
})
afterEach(() => rm(folder, { recursive: true }))

const corrupt = (file: string, reason: string) => ({
  code: 'artifactCorrupt',
  message: `The circuit artifact ${file} cannot be used: ${reason}`,
  detail: { file },
})

describe('circuit artifacts', () => {
  it('load when they have the recorded hashes', async () => {
    const proving = await loadProvingArtifacts()
    const verifying = await loadVerifyingArtifacts()
    expect(proving.record).toEqual(verifying.record)
    expect(proving.record.circuit).toBe('presentation')
    expect(Buffer.from(proving.wasm.subarray(0, 4)).toString()).toBe('\0asm')
    expect(Buffer.from(proving.zkey.subarray(0, 4)).toString()).toBe('zkey')
    expect(verifying.verificationKey).toMatchObject({ protocol: 'groth16', curve: 'bn128', nPublic: 7 })
  })

  it.each(['presentation.wasm.gz', 'presentation.zkey.gz'])('refuse a truncated %s', async (file) => {
    await truncate(join(folder, file), 1_000_000)
    await expect(loadProvingArtifacts('presentation', url)).rejects.toMatchObject(
      corrupt(file, 'it cannot be decompressed'),
    )
  })

  it.each(['presentation.wasm.gz', 'presentation.zkey.gz'])('refuse other content in %s', async (file) => {
    const content = gunzipSync(await readFile(join(folder, file)))
    content[1000]! ^= 1
    await writeFile(join(folder, file), gzipSync(content, { level: 1 }))
    await expect(loadProvingArtifacts('presentation', url)).rejects.toMatchObject(
      corrupt(file, 'its hash is not the recorded one'),
    )
  })

  it('load however they are compressed: the recorded hash is that of the content', async () => {
    const path = join(folder, 'presentation.wasm.gz')
    const content = gunzipSync(await readFile(path))
    await writeFile(path, gzipSync(content, { level: 1 }))
    const { wasm } = await loadProvingArtifacts('presentation', url)
    expect(content.equals(wasm)).toBe(true)
  })

  it('refuse a file that decompresses to more than any artifact', async () => {
    await writeFile(join(folder, 'presentation.wasm.gz'), gzipSync(Buffer.alloc(2 ** 26 + 1), { level: 1 }))
    await expect(loadProvingArtifacts('presentation', url)).rejects.toMatchObject(
      corrupt('presentation.wasm.gz', 'it cannot be decompressed'),
    )
  })

  it('refuse another verification key, whatever record goes with it', async () => {
    const file = 'presentation.vkey.json'
    const text = await readFile(join(folder, file), 'utf8')
    await writeFile(join(folder, file), `${text} `)
    await expect(loadVerifyingArtifacts('presentation', url)).rejects.toMatchObject(
      corrupt(file, 'its hash is not the recorded one'),
    )
  })

  it('refuse a record whose id is not that of its key and label', async () => {
    const path = join(folder, 'presentation.json')
    const record = JSON.parse(await readFile(path, 'utf8'))
    for (const changes of [{ id: 'a'.repeat(64) }, { label: 'production' }]) {
      await writeFile(path, JSON.stringify({ ...record, ...changes }))
      await expect(loadVerifyingArtifacts('presentation', url)).rejects.toMatchObject(
        corrupt('presentation.vkey.json', "with the record's label, its hash is not the circuit's id"),
      )
    }
    await writeFile(path, '{}')
    await expect(loadProvingArtifacts('presentation', url)).rejects.toMatchObject(
      corrupt('presentation.json', 'it is not a ceremony record'),
    )
  })

  it('say which file is missing', async () => {
    await rm(join(folder, 'presentation.zkey.gz'))
    await expect(loadProvingArtifacts('presentation', url)).rejects.toMatchObject(
      corrupt('presentation.zkey.gz', 'it cannot be read'),
    )
    await expect(loadProvingArtifacts('other', url)).rejects.toMatchObject(corrupt('other.json', 'it cannot be read'))
  })
})
