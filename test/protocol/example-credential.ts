import { derivePublicKey, signMessage } from '../../src/protocol/babyjubjub.ts'
import { gridBelow } from '../../src/protocol/claim-grid.ts'
import { claimSchema } from '../../src/protocol/claim-schemas.ts'
import { type Credential, credentialJson, messageOf } from '../../src/protocol/credential.ts'
import { SOURCE_LEVEL } from '../../src/protocol/sources.ts'

const PRIVATE_KEY = new Uint8Array(32).fill(7)

/** A credential of a schema in which every claim has a value and a source, and its document. */
export function exampleCredential(schema: string) {
  const { claims } = claimSchema(schema)
  const unsigned = {
    ...{ schema, subject: 11n, device: 12n, binding: 13n, issuedAt: 1_800_000_000, expiresAt: 1_800_086_400 },
    ...{ statusIndex: 5, list: 3, statusListUrl: 'https://issuer.example/v1/status-lists/3' },
    id: 'urn:uuid:00000000-0000-4000-8000-000000000000',
    issuer: 'did:web:issuer.example',
    holder: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    claims: claims.map((claim, slot) => (claim === null ? 0n : gridBelow(claim.grid, 4096n * BigInt(slot + 1)))),
    sources: claims.map((claim) => (claim === null ? 0 : SOURCE_LEVEL[claim.sources[0]!])),
    key: derivePublicKey(PRIVATE_KEY),
  }
  const credential: Credential = { ...unsigned, signature: signMessage(PRIVATE_KEY, messageOf(unsigned)) }
  const evidence = [{ type: 'Inspection', description: 'Read from the machine by its own agent.' }]
  return { credential, document: credentialJson(credential, evidence) }
}
