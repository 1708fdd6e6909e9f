/** Makes one proof in a process of its own, as a command does, says how many signals it has, and closes the prover. */
import { choosePresentation } from '../../src/holder/choose-presentation.ts'
import { present } from '../../src/holder/present.ts'
import { closeProver, createProver } from '../../src/holder/prove.ts'
import { readCredential } from '../../src/holder/read-credential.ts'
import { COMPUTE } from '../../src/protocol/claim-schemas.ts'
import { machineDevice } from '../../src/protocol/device.ts'
import { loadProvingArtifacts } from '../../src/storage/circuit-artifacts.ts'
import { issuer, keys, measured, NOW, party, proofRequest, registryView } from './fixture.ts'

const office = issuer('office')
const claims = { ramMiB: measured(16_384n) }
const jwt = await office.issue({ schema: COMPUTE, claims, terms: office.terms(machineDevice('00'.repeat(16))) })
const view = registryView([{ issuer: office, schema: COMPUTE }])
const { record, wasm, zkey } = await loadProvingArtifacts()
const request = proofRequest(party('dapp').did, { policies: [{ schema: COMPUTE, claims: {} }], circuit: record.id })
const choices = choosePresentation({ request, credentials: [readCredential(jwt, keys)], view, now: NOW })
await closeProver() // nothing to close yet, which is no mistake
const { proofs } = await present({ request, choices, keys, circuit: record.id, prove: createProver({ wasm, zkey }) })
process.stdout.write(`${proofs[0]!.signals.length}`)
await closeProver()
