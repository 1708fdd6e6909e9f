import { type LedgerService, proposeRequest, zProposal, zProposalAnswer } from '../../reputation/index.ts'
import type { Db } from '../../storage/database.ts'
import { defineRoute, type Route } from '../define-route.ts'

/** Proof requests, for the reputation service's own audience alone: who signed for others could harvest their pseudonyms. */
export function proofRequestRoutes({ ledger }: { ledger: LedgerService<Db> }): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/v1/proof-requests',
      tag: 'Reputation',
      summary: 'Propose what to prove to the reputation service; it signs a request with a policy of its own list',
      auth: 'none',
      body: zProposal,
      status: 201,
      response: zProposalAnswer,
      errors: ['policyOffGrid', 'epochOpen', 'joinInvalid', 'unavailable'],
      handle: async ({ body }) => ({ request: await proposeRequest(ledger, body) }),
    }),
  ]
}
