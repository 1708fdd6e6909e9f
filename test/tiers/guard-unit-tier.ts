import { syncBuiltinESMExports } from 'node:module'

/*
 * Set up before each file of the unit tier: what needs a resource fails at once, also where the imports of the file do
 * not show it, because it took a function that starts a process from an index of src, for one.
 */
function refuse(resource: string) {
  // a function and no arrow, since some are called with new
  return function refused(): never {
    throw new Error(
      `The unit tier has no ${resource}. Import what needs them from the file that defines it, not from an index.ts: ` +
        'the test is then in the integration tier.',
    )
  }
}

const childProcess = process.getBuiltinModule('node:child_process')
const threads = process.getBuiltinModule('node:worker_threads')
const net = process.getBuiltinModule('node:net')

const noProcess = refuse('child processes')
for (const name of ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const) {
  Object.assign(childProcess, { [name]: noProcess })
}
Object.assign(threads, { Worker: refuse('threads') })
net.Server.prototype.listen = refuse('servers')
net.Socket.prototype.connect = refuse('connections')
syncBuiltinESMExports()
