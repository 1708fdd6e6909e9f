import { join } from 'node:path'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { RandomBytes } from '../protocol/index.ts'
import { didSignerFromKey } from '../protocol/index.ts'
import type { ServiceConfig } from './config.ts'
import { readOrDrawSecret } from './secret-file.ts'

/** Where the embedded database's KMS secret lies unless one is given. */
export const KMS_SECRET_FILE = 'kms-secret'

/** Where an embedded service's operator finds its key: an Ed25519 seed, hex. */
export const OPERATOR_KEY_FILE = 'operator.key'

/**
 * The KMS secret: as configured, else one drawn once and kept in the data folder. A database server is shared, and keeps
 * no secret of its own: there it must be given. The caller holds the lock on the folder.
 */
export function openKmsSecret({ kmsSecret, dataFolder }: ServiceConfig, randomBytes: RandomBytes): string {
  return kmsSecret ?? bytesToHex(readOrDrawSecret(join(dataFolder, KMS_SECRET_FILE), randomBytes))
}

/** Who may revoke: those configured and, with the embedded database, whoever holds the key in its folder. */
export function openOperators(config: ServiceConfig, randomBytes: RandomBytes): ReadonlySet<string> {
  if (config.databaseUrl !== undefined) return new Set(config.operators)
  const key = readOrDrawSecret(join(config.dataFolder, OPERATOR_KEY_FILE), randomBytes)
  return new Set([...config.operators, didSignerFromKey(key).did])
}
