/** The layer rule: who may import whom. docs/architecture.md draws it. */
const domain = '^src/(identity|holder|client|issuer|evidence|registry|verifier|reputation)/'
const wiring = '^src/(server|cli|web|veramo)/'

/** What a room may import of ours besides itself and protocol: the arrows from evidence to score. */
const arrows = {
  identity: [],
  evidence: [],
  registry: [],
  issuer: ['evidence', 'registry'],
  holder: ['registry'],
  client: ['holder', 'registry', 'issuer', 'evidence', 'verifier', 'reputation'],
  verifier: ['registry'],
  reputation: ['verifier'],
}

const roomRules = Object.entries(arrows).map(([room, allowed]) => ({
  name: `${room}-imports-along-the-arrows`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(protocol|${[room, ...allowed].join('|')})/` },
}))

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'protocol-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: { path: '^src/', pathNot: '^src/protocol/' },
    },
    {
      name: 'protocol-runs-in-browsers',
      severity: 'error',
      from: { path: '^src/(protocol|verifier|holder|client)/' },
      to: { dependencyTypes: ['core'] },
    },
    ...roomRules,
    {
      name: 'no-io-below-the-wiring',
      severity: 'error',
      from: { path: [domain, '^src/protocol/'] },
      to: { path: '(^|/)(express|pg|drizzle-orm|@electric-sql/pglite|ws|pino)(/|$)|^(node:)?fs(/|$)' },
    },
    {
      name: 'nothing-imports-the-wiring',
      severity: 'error',
      from: { path: [domain, '^src/(protocol|storage)/'] },
      to: { path: wiring },
    },
    {
      // holder/prove.ts is an entry of its own; a command may load one file lazily, to start quickly
      name: 'wiring-imports-modules-by-index',
      severity: 'error',
      from: { path: wiring },
      to: {
        path: '^src/(protocol|identity|holder|client|issuer|evidence|registry|verifier|reputation)/',
        pathNot: '/index\\.ts$|^src/holder/prove\\.ts$',
        dependencyTypesNot: ['dynamic-import'],
      },
    },
    {
      name: 'only-cli-starts-the-server',
      severity: 'error',
      from: { path: '^src/(?!server/|cli/)' },
      to: { path: '^src/server/' },
    },
    { name: 'nothing-imports-the-cli', severity: 'error', from: { path: '^src/(?!cli/)' }, to: { path: '^src/cli/' } },
    {
      name: 'verifier-stays-free-of-gpl',
      severity: 'error',
      from: { path: '^src/(verifier|protocol|registry)/' },
      to: { path: 'node_modules/(snarkjs|circomlib|circomlibjs|circom2|ffjavascript)/' },
    },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$|/index\\.ts$|drizzle\\.config\\.ts$' }, to: {} },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-dev-dependencies', severity: 'error', from: { path: '^src/', pathNot: 'drizzle\\.config\\.ts$' }, to: { dependencyTypes: ['npm-dev'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
