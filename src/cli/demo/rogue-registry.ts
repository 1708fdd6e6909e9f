import type { Choice, HeldCredential } from '../../holder/index.ts'
import { credentialTerms, readCredential } from '../../holder/index.ts'
import { createIssuer, signCredential } from '../../issuer/index.ts'
import {
  audienceField,
  didSignerFromKey,
  emptyStatusList,
  layersRoot,
  merkleLayers,
  merklePath,
  type Policy,
  registryLeaf,
  SOURCE_LEVEL,
  type SourcedClaims,
  statusPath,
  statusRoot,
  toField,
} from '../../protocol/index.ts'
import { REGISTRY_DEPTH } from '../../registry/index.ts'
import { clock, randomBytes } from '../effects.ts'
import type { Provider } from './provider.ts'

const LIST = 1
const INDEX = 0

/**
 * What a cheating provider does: it becomes an issuer, gives itself a splendid credential, and makes a registry that
 * trusts nobody else. All of it is well formed; only, nobody signed its root.
 */
export async function forgeCredential(
  { keys }: Provider,
  { schema, device, claims, sources }: { schema: string; device: bigint } & SourcedClaims,
): Promise<HeldCredential> {
  const signer = didSignerFromKey(randomBytes(32))
  const schemas = {
    [schema]: { sourceCap: SOURCE_LEVEL.attested, renewalSeconds: 3600, lifetimeSeconds: 3600 },
  } as const
  const issuer = createIssuer(
    {
      ...{ did: signer.did, kid: signer.kid, baseUrl: 'http://127.0.0.1', schemas },
      ...{ stepSeconds: 3600, allowSelfReported: true },
    },
    { sign: signer.sign, circuitKey: randomBytes(32) },
  )
  const evidence = [{ type: 'SelfReported', description: 'The holder signed this for itself.' }]
  const terms = credentialTerms(keys, issuer.did, device)
  const draft = { ...terms, schema, claims, sources, evidence }
  const { jwt } = await signCredential(issuer, draft, { list: LIST, index: INDEX }, clock(), randomBytes)
  return readCredential(jwt, keys)
}

/** The paths of a forged credential in the forger's own registry, so that a proof of it can be made. */
export function chooseForged({ credential }: HeldCredential, policy: Policy): Choice {
  const bits = emptyStatusList()
  const leaf = registryLeaf({
    issuer: audienceField(credential.issuer),
    key: credential.key,
    schema: toField(credential.schema),
    list: BigInt(LIST),
    sourceCap: 3n,
    statusRoot: statusRoot(bits),
  })
  const layers = merkleLayers([leaf], REGISTRY_DEPTH)
  return {
    policy,
    credential,
    trust: { root: layersRoot(layers), index: 0, sourceCap: 3, siblings: merklePath(layers, 0) },
    status: statusPath(bits, INDEX),
  }
}
