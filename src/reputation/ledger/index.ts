export {
  changeSettings,
  type PseudonymSettings,
  type SettingsChange,
  zPseudonymSettings,
  zSettingsChange,
} from './change-settings.ts'
export { declareVoidEpoch } from './declare-void.ts'
export { explainScore, scoreHistory } from './explain-score.ts'
export { type LedgerService, openLedgerSettings } from './ledger-service.ts'
export type {
  DirectoryFilter,
  DirectoryPlace,
  DirectoryRow,
  LedgerRecord,
  LedgerStore,
  LedgerTx,
  StandingScore,
} from './ledger-store.ts'
export { type EvidenceAnswer, zEvidenceAnswer, zProposalAnswer } from './messages.ts'
export { proposeRequest } from './propose-request.ts'
export { recordPresentation } from './record-presentation.ts'
export {
  type CredentialWish,
  type IssueScore,
  type ScoreCredentialRequest,
  zCredentialWish,
} from './score-credential.ts'
export { type ScoreSummary, type SignedScoreSummary, verifyScoreSummary, zSignedScoreSummary } from './score-summary.ts'
export {
  type DirectoryPage,
  type DirectorySearch,
  refreshStandings,
  searchDirectory,
  zDirectoryPage,
} from './search-directory.ts'
export { type SignedExplanation, verifyExplanation, zSignedExplanation } from './signed-explanation.ts'
export { type Evidence, takeEvidence } from './take-evidence.ts'
export { type SignedVoidEpoch, zSignedVoidEpoch, zVoidReason } from './void-epoch.ts'
