import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { credentialTerms } from '../../src/holder/credential-terms.ts'
import { deriveKeys } from '../../src/holder/derive-keys.ts'
import { type PresentInput, present } from '../../src/holder/present.ts'
import { createProver } from '../../src/holder/prove.ts'
import {
  audienceField,
  COMPUTE,
  type Credential,
  derivePublicKey,
  didKeyFromEd25519,
  emptyStatusList,
  layersRoot,
  machineDevice,
  merkleLayers,
  merklePath,
  messageOf,
  type PresentationJson,
  registryLeaf,
  signMessage,
  statedClaims,
  statusPath,
  statusRoot,
  toBase64url,
  toField,
  zProofRequest,
} from '../../src/protocol/index.ts'
import { loadProvingArtifacts } from '../../src/storage/circuit-artifacts.ts'

/** 32 bytes that depend on a name alone. */
export function digest(name: string): Uint8Array {
  return sha256(utf8ToBytes(name))
}

/** Anyone's did:key that nobody needs the private half of. */
const someDid = (name: string) => didKeyFromEd25519(digest(`did ${name}`))

/** Seconds. Nothing here looks at a clock. */
const NOW = 1_800_000_000

/** The whole of a holder's work for one proof: the statement's inputs, the witness, the proof, and its own signature over it. */
export async function presentOne(): Promise<{
  constraints: number
  present: (round: number) => Promise<PresentationJson>
}> {
  const { record, wasm, zkey } = await loadProvingArtifacts()
  const prove = createProver({ wasm, zkey })
  const keys = deriveKeys(`${'abandon '.repeat(11)}about`)
  const choice = heldChoice(keys)
  const request = (round: number) =>
    zProofRequest.parse({
      type: 'AssayProofRequest',
      version: 1,
      audience: { did: someDid('dapp') },
      nonce: toBase64url(digest(`nonce ${round}`)),
      purpose: 'benchmark',
      policies: [{ schema: COMPUTE, claims: { ramMiB: { min: '8192', source: 'measured' } } }],
      sameDevice: false,
      circuit: record.id,
      registry: toBase64url(digest('registry')),
      now: NOW + 3600,
      expiresAt: NOW + 300,
    })
  return {
    constraints: record.constraints,
    present: (round) => {
      const asked = request(round)
      const choices = [{ policy: asked.policies[0]!, ...choice }]
      return present({ request: asked, choices, keys, circuit: record.id, prove })
    },
  }
}

/** A credential, and the paths that a registry which trusts its issuer alone would give. */
function heldChoice(keys: PresentInput['keys']): Omit<PresentInput['choices'][number], 'policy'> {
  const issuer = someDid('issuer')
  const circuitKey = digest('circuit key')
  const unsigned = {
    ...credentialTerms(keys, issuer, machineDevice('00'.repeat(16))),
    id: 'urn:uuid:00000000-0000-4000-8000-000000000000',
    issuer,
    schema: COMPUTE,
    issuedAt: NOW - 100,
    expiresAt: NOW + 86_400,
    statusListUrl: 'https://issuer.example/v1/status-lists/0',
    statusIndex: 77,
    list: 0,
    ...statedClaims(COMPUTE, {
      ramMiB: { value: 16_384n, source: 'measured' },
      gops: { value: 5000n, source: 'measured' },
      memoryMBps: { value: 9000n, source: 'measured' },
      cores: { value: 4n, source: 'selfReported' },
    }),
    key: derivePublicKey(circuitKey),
  }
  const credential: Credential = { ...unsigned, signature: signMessage(circuitKey, messageOf(unsigned)) }
  const list = emptyStatusList()
  const leaf = registryLeaf({
    issuer: audienceField(issuer),
    key: credential.key,
    schema: toField(COMPUTE),
    list: 0n,
    sourceCap: 2n,
    statusRoot: statusRoot(list),
  })
  const layers = merkleLayers([leaf], 15)
  return {
    credential,
    trust: { root: layersRoot(layers), index: 0, sourceCap: 2, siblings: merklePath(layers, 0) },
    status: statusPath(list, credential.statusIndex),
  }
}
