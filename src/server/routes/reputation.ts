import * as z from 'zod'
import { AssayError, isAssayError, MAX_UINT64, zSchemaUri, zSeconds } from '../../protocol/index.ts'
import {
  changeSettings,
  declareVoidEpoch,
  explainScore,
  type LedgerService,
  scoreHistory,
  searchDirectory,
  takeEvidence,
  zCredentialWish,
  zDirectoryPage,
  zEpoch,
  zEvidenceAnswer,
  zHistoryPoint,
  zPseudonym,
  zPseudonymSettings,
  zSettingsChange,
  zSignedExplanation,
  zSignedVoidEpoch,
  zVoidReason,
} from '../../reputation/index.ts'
import type { Db } from '../../storage/database.ts'
import { defineRoute, type Route } from '../define-route.ts'
import type { Metrics } from '../metrics.ts'

export interface ReputationDeps {
  ledger: LedgerService<Db>
  operators: ReadonlySet<string>
  metrics: Metrics
}

/** A whole number in a query. */
const inQuery = <T extends z.ZodType<number, number>>(schema: T) =>
  z
    .string()
    .regex(/^(0|[1-9][0-9]{0,15})$/, 'must be a whole number')
    .transform(Number)
    .pipe(schema)

const zAddress = z.strictObject({ pseudonym: zPseudonym })

const zEvidenceBody = z.strictObject({
  presentation: z.unknown(),
  /** Asks for the score as a credential. */
  credentialBinding: zCredentialWish.optional(),
})

const zSearch = z.strictObject({
  minScore: inQuery(z.int().min(0).max(1000)).optional(),
  schema: zSchemaUri.optional(),
  claim: z.string().min(1).max(32).optional(),
  min: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,19})$/, 'must be a whole number')
    .transform(BigInt)
    .refine((value) => value <= MAX_UINT64, 'must be less than 2^64')
    .optional(),
  cursor: z.string().min(1).max(512).optional(),
  limit: inQuery(z.int().min(1).max(100)).optional(),
})

const SESSION_ERRORS = ['unauthorized', 'expired', 'clockSkew', 'signatureInvalid', 'signatureReplayed'] as const
const VERIFIER_ERRORS = [
  ...([
    'declined',
    'proofMalformed',
    'circuitMismatch',
    'wrongAudience',
    'nonceUnknown',
    'nonceExpired',
    'nonceUsed',
  ] as const),
  ...(['challengeMismatch', 'policyMismatch', 'nowMismatch', 'nowOffStep', 'requestTooLong'] as const),
  ...(['rootUnknown', 'rootSuperseded'] as const),
  ...(['registryStale', 'proofInvalid', 'notRecipient', 'pseudonymMismatch', 'deviceMismatch', 'replayed'] as const),
] as const

/** The ledger: evidence in; scores, their explanations and the directory out. */
export function reputationRoutes(deps: ReputationDeps): Route[] {
  return [...evidenceRoutes(deps), ...voidRoutes(deps), ...scoreRoutes(deps)]
}

function evidenceRoutes({ ledger, metrics }: ReputationDeps): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/v1/reputation/evidence',
      tag: 'Reputation',
      summary:
        'Deliver a presentation to the ledger, signed by the session key that presents. A retry gets the same answer',
      auth: 'session',
      body: zEvidenceBody,
      status: 200,
      response: zEvidenceAnswer,
      errors: [
        ...SESSION_ERRORS,
        ...VERIFIER_ERRORS,
        ...(['policyNotAccepted', 'joinInvalid', 'firstEpochFixed', 'epochBeforeJoin', 'epochOpen'] as const),
        ...(['sequenceStale', 'conflict'] as const),
        'pseudonymUnknown',
      ],
      handle: async ({ body: { presentation, credentialBinding: credential }, session }) => {
        try {
          const { retry, answer } = await takeEvidence(ledger, { presentation, credential, session })
          metrics.presentations.inc({ outcome: retry ? 'retry' : 'accepted' })
          return answer
        } catch (error) {
          if (isAssayError(error)) metrics.presentations.inc({ outcome: error.code })
          throw error
        }
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/v1/reputation/:pseudonym',
      tag: 'Reputation',
      summary: 'List a pseudonym in the directory or not, or retire a device, by a session key that presented for it',
      auth: 'session',
      params: zAddress,
      body: zSettingsChange,
      status: 200,
      response: zPseudonymSettings,
      errors: [...SESSION_ERRORS, 'pseudonymUnknown', 'deviceUnknown', 'conflict'],
      handle: ({ params: { pseudonym }, body: change, session }) =>
        changeSettings(ledger, { pseudonym, session, change }),
    }),
  ]
}

function voidRoutes({ ledger, operators }: ReputationDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/reputation/void-epochs',
      tag: 'Reputation',
      summary: 'The signed list of epochs that count for nobody and against nobody',
      auth: 'none',
      status: 200,
      response: z.strictObject({ voidEpochs: z.array(zSignedVoidEpoch) }),
      errors: [],
      handle: async () => ({ voidEpochs: await ledger.store.voids() }),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/reputation/void-epochs',
      tag: 'Reputation',
      summary: "Declare an epoch void, for an outage of the service or its monitors, by an operator's DID. It stays so",
      auth: 'did',
      body: z.strictObject({ epoch: zEpoch, reason: zVoidReason }),
      status: 200,
      response: zSignedVoidEpoch,
      errors: [...SESSION_ERRORS, 'didUnresolvable', 'epochOpen'],
      handle: ({ body, did }) => {
        if (!operators.has(did)) throw new AssayError('unauthorized', `${did} is not an operator of this service`)
        return declareVoidEpoch(ledger, body)
      },
    }),
  ]
}

function scoreRoutes({ ledger }: ReputationDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/reputation',
      tag: 'Reputation',
      summary: 'Search the directory: pseudonyms that their holders list, by score and proved capability',
      auth: 'none',
      query: zSearch,
      status: 200,
      response: zDirectoryPage,
      errors: [],
      handle: ({ query }) => searchDirectory(ledger, query),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/reputation/:pseudonym',
      tag: 'Reputation',
      summary:
        'The score of a pseudonym, explained and signed, as it stood at a past moment: by default the last second',
      auth: 'none',
      params: zAddress,
      query: z.strictObject({
        at: inQuery(zSeconds).optional(),
        /** A score: the forecast tells when it is reached. */
        target: inQuery(z.int().min(1).max(1000)).optional(),
      }),
      status: 200,
      response: zSignedExplanation,
      errors: ['pseudonymUnknown'],
      handle: ({ params: { pseudonym }, query }) => explainScore(ledger, pseudonym, query),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/reputation/:pseudonym/history',
      tag: 'Reputation',
      summary: "The course of a pseudonym's score between two moments",
      auth: 'none',
      params: zAddress,
      query: z.strictObject({ from: inQuery(zSeconds).optional(), to: inQuery(zSeconds).optional() }),
      status: 200,
      response: z.strictObject({ pseudonym: zPseudonym, points: z.array(zHistoryPoint) }),
      errors: ['pseudonymUnknown'],
      handle: async ({ params: { pseudonym }, query }) => {
        return { pseudonym, points: await scoreHistory(ledger, pseudonym, query) }
      },
    }),
  ]
}
