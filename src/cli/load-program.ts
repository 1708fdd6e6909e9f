import type { Command } from 'commander'
import { buildProgram, type Register } from './build-program.ts'

/** Every command, in the order in which a newcomer meets them, and where it lives. */
const commands: Record<string, () => Promise<Register>> = {
  demo: async () => (await import('./commands/demo.ts')).registerDemo,
  serve: async () => (await import('./commands/serve.ts')).registerServe,
  wallet: async () => (await import('./commands/wallet.ts')).registerWallet,
  inspect: async () => (await import('./commands/inspect.ts')).registerInspect,
  enroll: async () => (await import('./commands/enroll.ts')).registerEnroll,
  agent: async () => (await import('./commands/agent.ts')).registerAgent,
  present: async () => (await import('./commands/present.ts')).registerPresent,
  score: async () => (await import('./commands/score.ts')).registerScore,
  directory: async () => (await import('./commands/directory.ts')).registerDirectory,
  machine: async () => (await import('./commands/machine.ts')).registerMachine,
  verify: async () => (await import('./commands/verify.ts')).registerVerify,
  registry: async () => (await import('./commands/registry.ts')).registerRegistry,
  issuer: async () => (await import('./commands/issuer.ts')).registerIssuer,
  revoke: async () => (await import('./commands/revoke.ts')).registerRevoke,
}

/** The program for these arguments: with the one command that they name, so that no other's code is loaded; else with all. */
export async function loadProgram(args: readonly string[]): Promise<Command> {
  const named = args.find((arg) => !arg.startsWith('-'))
  if (named !== undefined && Object.hasOwn(commands, named)) return buildProgram([await commands[named]!()])
  return loadWholeProgram()
}

/** The program with every command, not yet run. Errors of usage are thrown as CommanderErrors. */
export async function loadWholeProgram(): Promise<Command> {
  return buildProgram(await Promise.all(Object.values(commands).map((load) => load())))
}
