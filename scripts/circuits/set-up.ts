import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { zKey } from 'snarkjs'
import type { CeremonyRecord } from './ceremony-record.ts'
import { readCeremonyRecord } from './ceremony-record.ts'
import { type Compiled, compileCircuit } from './compile-circuit.ts'
import { readArtifact } from './compressed.ts'
import { applyBeacon, contribute } from './contribute.ts'
import { exportArtifacts } from './export-artifacts.ts'
import { hashFile } from './hash-file.ts'
import { artifactPaths, buildFolder } from './paths.ts'
import { recognizePowersOfTau } from './powers-of-tau.ts'
import { step } from './say.ts'
import { verifyKey } from './verify-key.ts'

const initialKey = (name: string) => join(buildFolder, `${name}.0.zkey`)
const nextKey = (name: string) => join(buildFolder, `${name}.next.zkey`)

/**
 * Begins a set-up: compiles, derives the first key from a powers-of-tau file, adds one contribution (a key without any
 * accepts forgeries, so none is ever exported), checks the whole and exports it, labelled development.
 */
export async function setUp(name: string, ptau: string, contributor: string): Promise<CeremonyRecord> {
  await mkdir(buildFolder, { recursive: true })
  const powersOfTau = await step('Recognizing the powers of tau by their hash', () => recognizePowersOfTau(ptau))
  const compiled = await step(`Compiling ${name}`, () => compileCircuit(name, buildFolder))
  await step('Deriving the first key', async () => {
    if ((await zKey.newZKey(compiled.r1cs, ptau, initialKey(name))) === -1)
      throw new Error('snarkjs could not derive a key: the powers of tau are too few, or not prepared for phase 2.')
  })
  await step(`Contributing as "${contributor}"`, () => contribute(initialKey(name), nextKey(name), contributor))
  await step('Checking the key against circuit and powers of tau', () => verifyKey(compiled.r1cs, ptau, nextKey(name)))
  return finish(name, compiled, powersOfTau, 'development')
}

/** Adds one contribution to the committed key. The result is labelled development until a beacon closes the ceremony. */
export async function contributeTo(name: string, contributor: string): Promise<CeremonyRecord> {
  const { compiled, record } = await recompile(name)
  const key = await readArtifact(artifactPaths(name).zkey)
  await step(`Contributing as "${contributor}"`, () => contribute(key, nextKey(name), contributor))
  return finish(name, compiled, record.powersOfTau, 'development')
}

/**
 * Closes a ceremony with a public beacon. `production` is refused unless the powers of tau are published ones and at
 * least two people contributed; whether those are independent is for readers of the record to judge.
 */
export async function closeWithBeacon(
  name: string,
  value: string,
  iterationsExp: number,
  label: CeremonyRecord['label'],
): Promise<CeremonyRecord> {
  if (label === 'production') refuseUnlessCeremony(await readCeremonyRecord(name))
  const { compiled, record } = await recompile(name)
  const key = await readArtifact(artifactPaths(name).zkey)
  await step('Applying the beacon', () => applyBeacon(key, nextKey(name), value, iterationsExp))
  return finish(name, compiled, record.powersOfTau, label)
}

/** Writes the record anew after a change that leaves the constraints as they were: a comment, a newer compiler. */
export async function exportAgain(name: string): Promise<CeremonyRecord> {
  const { compiled, record } = await recompile(name)
  const key = await readArtifact(artifactPaths(name).zkey)
  return step('Exporting', () => exportArtifacts(name, compiled, key, record.powersOfTau, record.label))
}

/** Throws when the record can't be that of a production key. */
export function refuseUnlessCeremony(record: CeremonyRecord): void {
  if (record.powersOfTau.kind !== 'published')
    throw new Error(`A production key can't come from ${record.powersOfTau.name}: its makers could know its secret.`)
  if (record.contributions.filter((one) => one.type === 'contribution').length < 2)
    throw new Error('A production key needs contributions by at least two people before its beacon.')
}

/** The committed key is carried on only under the very circuit that it was made for. */
async function recompile(name: string): Promise<{ compiled: Compiled; record: CeremonyRecord }> {
  await mkdir(buildFolder, { recursive: true })
  const record = await readCeremonyRecord(name)
  const compiled = await step(`Compiling ${name}`, () => compileCircuit(name, buildFolder))
  if ((await hashFile(compiled.r1cs)) !== record.files.r1cs)
    throw new Error(`The sources have changed since the set-up of ${name}: run circuits:setup again.`)
  return { compiled, record }
}

async function finish(
  name: string,
  compiled: Compiled,
  powersOfTau: CeremonyRecord['powersOfTau'],
  label: CeremonyRecord['label'],
): Promise<CeremonyRecord> {
  const key = await readFile(nextKey(name))
  const record = await step('Exporting', () => exportArtifacts(name, compiled, key, powersOfTau, label))
  // The key without contributions is of use to forgers only.
  await rm(initialKey(name), { force: true })
  await rm(nextKey(name), { force: true })
  return record
}
