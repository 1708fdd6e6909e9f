import type { Command } from 'commander'
import { buildProgram } from './build-program.ts'
import { registerAgent } from './commands/agent.ts'
import { registerDemo } from './commands/demo.ts'
import { registerEnroll } from './commands/enroll.ts'
import { registerInspect } from './commands/inspect.ts'
import { registerIssuer } from './commands/issuer.ts'
import { registerPresent } from './commands/present.ts'
import { registerRegistry } from './commands/registry.ts'
import { registerRevoke } from './commands/revoke.ts'
import { registerScore } from './commands/score.ts'
import { registerServe } from './commands/serve.ts'
import { registerVerify } from './commands/verify.ts'
import { registerWallet } from './commands/wallet.ts'

/** The commands, in the order in which a newcomer meets them. */
const commands = [
  registerDemo,
  registerServe,
  registerWallet,
  registerInspect,
  registerEnroll,
  registerAgent,
  registerPresent,
  registerScore,
  registerVerify,
  registerRegistry,
  registerIssuer,
  registerRevoke,
]

/** The command line `assay` with every command, not yet run. Errors of usage are thrown as CommanderErrors. */
export function createProgram(): Command {
  return buildProgram(commands)
}
