export * from './inspection/index.ts'
export * from './mm1/index.ts'
export { buildShaTree, type ShaTree, shaLeaf, shaPath, shaPathRoot, shaRoot } from './sha-tree.ts'
export { verifyEd25519 } from './verify-ed25519.ts'
