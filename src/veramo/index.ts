export { keepInMemory, type WalletKeeper } from '../client/index.ts'
export {
  type AssayPluginOptions,
  createAssayPlugin,
  type IAssay,
  type IAssayHolder,
  type IAssayScore,
  type IAssayVerifier,
} from './assay-plugin.ts'
export type { HolderOptions } from './holder-parts.ts'
export type {
  CredentialSummary,
  PresentArgs,
  PresentResult,
  RequestCredentialArgs,
  ScoreArgs,
  ScoreResult,
  VerifyArgs,
  VerifyResult,
} from './method-schemas.ts'
