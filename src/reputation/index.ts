/** The reputation module: a ledger of accepted presentations per pseudonym, and score model 1, a pure function of it. */
export * from './ledger/index.ts'
export type { Change, ChangeCause } from './model/change-schema.ts'
export { points, type ScoreOutcome } from './model/combine-score.ts'
export { CONSTANTS, constantsHash, nextRung, type RungMicro } from './model/constants.ts'
export * from './model/epochs.ts'
export { explain } from './model/explain.ts'
export { type Explanation, type Limit, zExplanation } from './model/explanation-schema.ts'
export type { Forecast } from './model/forecast-schema.ts'
export { fullScore } from './model/full-score.ts'
export { type HistoryPoint, history, MAX_HISTORY_POINTS, zHistoryPoint } from './model/history.ts'
export * from './model/ledger.ts'
export { ledgerRoot } from './model/ledger-root.ts'
export type { IgnoredReason } from './model/read-ledger.ts'
export { reputationClaims } from './model/reputation-claims.ts'
export { joinEpochs, mayJoin, mayRetire, type RosterDevice, retirementEpoch } from './model/roster.ts'
export { scoreAt } from './model/score-at.ts'
export { applyLedgerEntry, emptyState, type ScoreState } from './model/score-state.ts'
export { parseState, type ScoreStateJson, serialiseState, zScoreStateJson } from './model/serialise-state.ts'
export { indexVoids, noVoids, type VoidIndex } from './model/voids.ts'
export { type AcceptedPolicy, readAcceptedPolicy } from './policies/accepted-policy.ts'
export {
  type AcceptedPresentation,
  entriesFromPresentation,
  type VerifiedProof,
} from './policies/entries-from-presentation.ts'
export {
  type HardwareProposal,
  type HardwareProposalInput,
  hardwarePolicy,
  zHardwareProposal,
} from './policies/hardware-policy.ts'
export { type JobsProposal, jobsPolicy, zJobsProposal } from './policies/jobs-policy.ts'
export {
  joinEpochOf,
  type Proposal,
  type ProposalInput,
  type ProposedRequest,
  proposedRequest,
  zProposal,
} from './policies/proposal.ts'
export {
  type JoinProposal,
  type UptimeProposal,
  uptimePolicy,
  zJoinProposal,
  zUptimeProposal,
} from './policies/uptime-policy.ts'
