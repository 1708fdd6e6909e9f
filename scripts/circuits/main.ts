import { Command, Option } from 'commander'
import { readCeremonyRecord } from './ceremony-record.ts'
import { checkArtifacts } from './check-artifacts.ts'
import { compileCircuit } from './compile-circuit.ts'
import { readArtifact } from './compressed.ts'
import { bn254 } from './curve.ts'
import { hashFile } from './hash-file.ts'
import { artifactPaths, buildFolder } from './paths.ts'
import { recognizePowersOfTau } from './powers-of-tau.ts'
import { say, step } from './say.ts'
import { closeWithBeacon, contributeTo, exportAgain, setUp } from './set-up.ts'
import { verifyKey } from './verify-key.ts'

const program = new Command('circuits').description('Compile the circuits and make, extend and check their keys')
const circuit = new Option('--circuit <name>', 'a circuit of circuits/circuits.json').default('presentation')
const ptau = new Option('--ptau <file>', 'powers-of-tau file, recognized by its hash').makeOptionMandatory()
const contributor = new Option('--name <name>', 'who contributes, at most 64 characters').default('development')

program
  .command('compile')
  .description('compile into circuits/build')
  .addOption(circuit)
  .action(async (options: { circuit: string }) => {
    const compiled = await step(`Compiling ${options.circuit}`, () => compileCircuit(options.circuit, buildFolder))
    say(`${compiled.constraints} constraints; r1cs ${await hashFile(compiled.r1cs)}`)
  })

program
  .command('setup')
  .description('begin a development set-up from a powers-of-tau file, with one contribution')
  .addOption(circuit)
  .addOption(ptau)
  .addOption(contributor)
  .action(async (options: { circuit: string; ptau: string; name: string }) => {
    const record = await setUp(options.circuit, options.ptau, options.name)
    say(`New ${record.label} key ${record.id}, ${record.constraints} constraints.`)
  })

program
  .command('contribute')
  .description('add a contribution to the committed key')
  .addOption(circuit)
  .addOption(contributor)
  .action(async (options: { circuit: string; name: string }) => {
    const record = await contributeTo(options.circuit, options.name)
    say(`Your contribution is ${record.contributions.at(-1)?.hash}: publish it. The key is now ${record.id}.`)
  })

program
  .command('beacon')
  .description('close a ceremony with public randomness')
  .addOption(circuit)
  .requiredOption('--value <hex>', 'randomness that nobody could foresee, in hex')
  .option('--iterations <n>', 'hash it 2^n times, n from 10 to 63', '10')
  .addOption(
    new Option('--label <label>', 'what the key is fit for')
      .choices(['development', 'production'])
      .default('development'),
  )
  .action(
    async (options: { circuit: string; value: string; iterations: string; label: 'development' | 'production' }) => {
      const record = await closeWithBeacon(options.circuit, options.value, Number(options.iterations), options.label)
      say(`The beacon is applied. The ${record.label} key is now ${record.id}.`)
    },
  )

program
  .command('export')
  .description('write artifacts and record anew, where a change to the sources left the constraints as they were')
  .addOption(circuit)
  .action(async (options: { circuit: string }) => {
    const record = await exportAgain(options.circuit)
    say(`Exported. The ${record.label} key is ${record.id}.`)
  })

program
  .command('check')
  .description('show that the committed artifacts come from the committed sources')
  .addOption(circuit)
  .action(async (options: { circuit: string }) => {
    await checkArtifacts(options.circuit)
    say(`The artifacts of ${options.circuit} come from its sources.`)
  })

program
  .command('verify')
  .description('check the proving key in full against a powers-of-tau file')
  .addOption(circuit)
  .addOption(ptau)
  .action(async (options: { circuit: string; ptau: string }) => {
    const file = await step('Recognizing the powers of tau by their hash', () => recognizePowersOfTau(options.ptau))
    const record = await readCeremonyRecord(options.circuit)
    if (file.blake2b !== record.powersOfTau.blake2b)
      throw new Error(`The key was made from ${record.powersOfTau.name}, not from ${file.name}.`)
    const compiled = await checkArtifacts(options.circuit)
    const key = await readArtifact(artifactPaths(options.circuit).zkey)
    await step('Deriving the key anew', () => verifyKey(compiled.r1cs, options.ptau, key))
    say(`The ${record.label} key of ${options.circuit} follows from its circuit and ${file.name}.`)
  })

try {
  await program.parseAsync()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
} finally {
  // snarkjs' worker threads would keep the process alive.
  await (await bn254()).terminate()
}
