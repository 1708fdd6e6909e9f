import { readFile } from 'node:fs/promises'
import { countConstraints } from '../count-constraints.ts'
import { measureByTurns } from '../measure.ts'
import { installPeers } from '../peers/install.ts'
import { loadPeer } from '../peers/load.ts'
import { type CaseOptions, compare, type Row } from '../row.ts'
import { presentOne } from '../statement.ts'
import { peers, versionOf } from '../versions.ts'

interface SemaphoreIdentity {
  commitment: bigint
}

/** What we use of Semaphore 4. */
interface Semaphore {
  Identity: new (privateKey: string) => SemaphoreIdentity
  Group: new (members: bigint[]) => object
  generateProof(
    identity: SemaphoreIdentity,
    group: object,
    message: number,
    scope: number,
    depth: number,
    artifacts: { wasm: Uint8Array; zkey: Uint8Array },
  ): Promise<{ merkleTreeDepth: number }>
  verifyProof(proof: object): Promise<boolean>
}

const DEPTH = 20

/**
 * A holder's whole work for one proof against Semaphore's for a tree of depth 20. Both prove with snarkjs, and both have
 * their files in memory. The statements differ, ours being the larger: hence the constraints beside the times.
 */
export async function benchProve({ quick, say }: CaseOptions): Promise<Row[]> {
  await installPeers(say)
  say('Proving: ours and Semaphore by turns')
  const semaphore = await semaphoreProver()
  const { constraints, present } = await presentOne()
  const times = await measureByTurns(
    { assay: present, peer: semaphore.prove },
    quick ? { warmUp: 1, rounds: 3 } : { warmUp: 3, rounds: 25 },
  )
  const perConstraint = (ms: number, count: number) => `${((1000 * ms) / count).toFixed(0)} µs`
  const peer = `@semaphore-protocol/proof ${await versionOf('@semaphore-protocol/proof', peers)}, depth ${DEPTH}`
  return [
    compare({
      case: 'prove',
      name: 'make one proof',
      assay: { what: 'present, one policy', constraints, ...times.assay },
      peer: { what: peer, constraints: semaphore.constraints, ...times.peer },
      note:
        `our statement has ${(constraints / semaphore.constraints).toFixed(1)} times the constraints; a constraint takes ` +
        `${perConstraint(times.assay.median, constraints)} here, ${perConstraint(times.peer.median, semaphore.constraints)} there`,
    }),
  ]
}

async function semaphoreProver(): Promise<{ constraints: number; prove: (round: number) => Promise<unknown> }> {
  const [{ Identity }, { Group }, { generateProof, verifyProof }] = await Promise.all([
    loadPeer<Pick<Semaphore, 'Identity'>>('@semaphore-protocol/identity'),
    loadPeer<Pick<Semaphore, 'Group'>>('@semaphore-protocol/group'),
    loadPeer<Pick<Semaphore, 'generateProof' | 'verifyProof'>>('@semaphore-protocol/proof'),
  ])
  const [wasm, zkey] = await Promise.all([semaphoreArtifact('wasm'), semaphoreArtifact('zkey')])
  const identity = new Identity('benchmark')
  const group = new Group([identity, new Identity('second'), new Identity('third')].map(({ commitment }) => commitment))
  const prove = (round: number) => generateProof(identity, group, round, 1, DEPTH, { wasm, zkey })
  if (!(await verifyProof(await prove(0)))) throw new Error("Semaphore's own verifier refuses its proof")
  return { constraints: countConstraints(zkey), prove }
}

/** A file of Semaphore's artifacts, as they come in their npm package: nothing is downloaded while measuring. */
function semaphoreArtifact(extension: 'wasm' | 'zkey'): Promise<Uint8Array> {
  return readFile(new URL(`node_modules/@zk-kit/semaphore-artifacts/semaphore-${DEPTH}.${extension}`, peers))
}
