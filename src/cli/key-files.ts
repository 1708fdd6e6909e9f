import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'
import type { Machine, MachineAgent } from '../holder/index.ts'
import { type DidSigner, didSignerFromKey, zDid, zField, zRegistryId } from '../protocol/index.ts'
import { randomBytes } from './effects.ts'
import { CannotRun, UsageError } from './exit-codes.ts'
import { readJson, readText, writeWhole } from './files.ts'
import type { ServiceAccess } from './service-access.ts'

const zPrivateKey = z.string().regex(/^[0-9a-f]{64}$/)

/** What an agent runs on: its device's key, and the monitor that it answers. No DID key, and nothing of the wallet. */
export const zAgentKeyFile = z.strictObject({
  type: z.literal('AssayAgentKey'),
  version: z.literal(1),
  service: z.url(),
  registryId: zRegistryId,
  monitor: zDid,
  device: zField.transform(String),
  /** The number of the machine among the holder's, and the generation of this key: what a person goes by. */
  machine: z.int().min(0),
  generation: z.int().min(0),
  privateKey: zPrivateKey,
})
export type AgentKeyFile = z.output<typeof zAgentKeyFile>

export function writeAgentKey(path: string, file: AgentKeyFile): Promise<void> {
  return writeWhole(path, `${JSON.stringify(zAgentKeyFile.parse(file), null, 2)}\n`, { secret: true })
}

/** Writes what the agent of a machine needs, for a service. */
export function saveAgentKey(
  path: string,
  {
    access,
    machine,
    agent,
  }: { access: ServiceAccess; machine: Pick<Machine, 'number' | 'generation'>; agent: MachineAgent },
): Promise<void> {
  const { client, description } = access
  return writeAgentKey(path, {
    type: 'AssayAgentKey',
    version: 1,
    service: client.url,
    registryId: description.registryId,
    monitor: description.monitor,
    device: String(agent.device),
    machine: machine.number,
    generation: machine.generation,
    privateKey: bytesToHex(agent.agentKey.exportPrivateKey()),
  })
}

export function readAgentKey(path: string): Promise<AgentKeyFile> {
  return readJson(path, zAgentKeyFile, 'agent key (`assay enroll` writes one)')
}

/** A key that signs for a did:key of its own, as the service's operator.key holds it: an Ed25519 seed in hex. */
export async function readDidKey(path: string, what: string): Promise<DidSigner> {
  const text = (await readText(path, what)).trim()
  if (/^[0-9a-f]{64}$/i.test(text)) return didSignerFromKey(hexToBytes(text))
  throw new UsageError(`${path} does not hold a ${what}: an Ed25519 seed, 64 hex digits`)
}

/** The same; where there is no such file, a key is drawn and kept first. */
export async function readOrDrawDidKey(path: string, what: string): Promise<{ signer: DidSigner; isNew: boolean }> {
  try {
    return { signer: await readDidKey(path, what), isNew: false }
  } catch (error) {
    if (!(error instanceof CannotRun) || path === '-') throw error
    await writeWhole(path, `${bytesToHex(randomBytes(32))}\n`, { secret: true })
    return { signer: await readDidKey(path, what), isNew: true }
  }
}
