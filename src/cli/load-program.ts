import type { Command } from 'commander'
import { buildProgram, type Register } from './build-program.ts'

/** Where each command lives. */
const modules: Record<string, () => Promise<Register>> = {
  demo: async () => (await import('./commands/demo.ts')).registerDemo,
  serve: async () => (await import('./commands/serve.ts')).registerServe,
  wallet: async () => (await import('./commands/wallet.ts')).registerWallet,
  inspect: async () => (await import('./commands/inspect.ts')).registerInspect,
  enroll: async () => (await import('./commands/enroll.ts')).registerEnroll,
  agent: async () => (await import('./commands/agent.ts')).registerAgent,
  present: async () => (await import('./commands/present.ts')).registerPresent,
  score: async () => (await import('./commands/score.ts')).registerScore,
  verify: async () => (await import('./commands/verify.ts')).registerVerify,
  registry: async () => (await import('./commands/registry.ts')).registerRegistry,
  issuer: async () => (await import('./commands/issuer.ts')).registerIssuer,
  revoke: async () => (await import('./commands/revoke.ts')).registerRevoke,
}

/** The program for these arguments: with the one command that they name, so that no other's code is loaded; else with all. */
export async function loadProgram(args: readonly string[]): Promise<Command> {
  const named = args.find((arg) => !arg.startsWith('-'))
  if (named !== undefined && Object.hasOwn(modules, named)) return buildProgram([await modules[named]!()])
  return (await import('./program.ts')).createProgram()
}
