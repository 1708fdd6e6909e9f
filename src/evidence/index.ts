export * from './heartbeats/index.ts'
export * from './inspection/index.ts'
export * from './mm1/index.ts'
export { buildShaTree, type ShaTree, shaLeaf, shaPath, shaPathRoot, shaRoot } from './sha-tree.ts'
