/** Every table, one file for each module. A new module adds its line here and runs `npm run db:generate`. */
export * from './evidence.ts'
export * from './identity.ts'
export * from './issuer.ts'
export * from './registry.ts'
export * from './reputation.ts'
export * from './server.ts'
export * from './verifier.ts'
