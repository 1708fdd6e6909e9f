import {
  CONTROL_TYP,
  didSignerFromKey,
  type ErrorCode,
  encodeProofRequest,
  jwkOf,
  type PolicyJson,
  type PresentationJson,
  presentationHash,
  type SourcedClaims,
  sessionSignerFromKey,
  signJws,
} from '../../protocol/index.ts'
import { randomBytes } from '../effects.ts'
import { fetchRequest, handOver } from './ask-dapp.ts'
import { expectRefusal } from './expect-refusal.ts'
import { chooseFor, type Provider, proveAnswer, readRequest } from './provider.ts'
import { chooseForged, forgeCredential } from './rogue-registry.ts'
import type { DappQuestion, DemoDapp } from './start-dapp.ts'
import type { Story } from './story.ts'

export type Refusals = Record<
  | 'policyNotMet'
  | 'revoked'
  | 'untrustedIssuer'
  | 'audienceNotSigned'
  | 'tampered'
  | 'wrongAudience'
  | 'nonceUsed'
  | 'notRecipient'
  | 'rootSuperseded'
  | 'rootUnknown',
  ErrorCode
>

export interface RefusalScene {
  provider: Provider
  dapp: DemoDapp
  otherDapp: DemoDapp
  /** A question that the provider can answer, and one that it can't. */
  question: DappQuestion
  tooMuch: PolicyJson
  /** The claims of a splendid credential of the provider's own making. */
  splendid: { schema: string; device: bigint } & SourcedClaims
  /** A presentation made for the dapp, not handed over yet. */
  presentation: PresentationJson
  /** Revokes the credential behind `question`, and waits for the root that covers it. */
  revoke: () => Promise<void>
  /** Waits until no root from before the revocation counts any more. */
  waitForOldRoots: () => Promise<void>
}

/** What the wallet refuses by itself, before it proves anything. */
export async function showWalletRefusals(story: Story, scene: RefusalScene): Promise<Partial<Refusals>> {
  const { provider, dapp, question, tooMuch, splendid } = scene
  const ask = async (asked: DappQuestion) => readRequest(provider, await fetchRequest(dapp, asked))
  return {
    policyNotMet: await refusal(story, 'policyNotMet', 'a policy that its claims do not meet', async () => {
      await chooseFor(provider, await ask({ ...question, policies: [tooMuch] }))
    }),
    untrustedIssuer: await refusal(
      story,
      'untrustedIssuer',
      'a credential by an issuer that nobody trusts',
      async () => {
        await chooseFor(provider, await ask(question), [await forgeCredential(provider, splendid)])
      },
    ),
    audienceNotSigned: await refusal(
      story,
      'audienceNotSigned',
      "a request in the dapp's name by somebody else",
      async () => {
        const { sign } = didSignerFromKey(randomBytes(32))
        await readRequest(provider, await encodeProofRequest(await ask(question), sign))
      },
    ),
  }
}

/** What the dapp refuses of a good presentation in bad hands; it is still unused afterwards. */
export async function showMisuse(story: Story, scene: RefusalScene): Promise<Partial<Refusals>> {
  const { dapp, otherDapp, presentation } = scene
  return {
    tampered: await refusal(story, 'proofInvalid', 'a tampered proof', () => handOver(dapp, tamper(presentation))),
    wrongAudience: await refusal(story, 'wrongAudience', 'a proof made for another dapp', () => {
      return handOver(otherDapp, presentation)
    }),
    notRecipient: await refusal(story, 'notRecipient', 'a proof relayed by someone else', async () => {
      return handOver(dapp, await relay(presentation))
    }),
  }
}

/** A second answer under a nonce that is used up. */
export function showUsedNonce(story: Story, { dapp }: RefusalScene, again: PresentationJson): Promise<ErrorCode> {
  return refusal(story, 'nonceUsed', 'a nonce used again, otherwise than as an exact retry', () =>
    handOver(dapp, again),
  )
}

/** Revocation: a proof made before it dies with its root, and the wallet makes no new one. */
export async function showRevocation(story: Story, scene: RefusalScene): Promise<Partial<Refusals>> {
  const { provider, dapp, question } = scene
  const request = await readRequest(provider, await fetchRequest(dapp, question))
  const before = await proveAnswer(provider, request, await chooseFor(provider, request))
  await scene.revoke()
  const revoked = await refusal(story, 'revoked', 'a revoked credential, once the root is published', async () => {
    await chooseFor(provider, await readRequest(provider, await fetchRequest(dapp, question)))
  })
  await scene.waitForOldRoots()
  const rootSuperseded = await refusal(story, 'rootSuperseded', 'a proof from before the revocation', () => {
    return handOver(dapp, before)
  })
  return { revoked, rootSuperseded }
}

/** A flawless proof against a registry of the holder's own making. */
export function showForgedRegistry(story: Story, scene: RefusalScene): Promise<ErrorCode> {
  const { provider, dapp, question, splendid } = scene
  return refusal(story, 'rootUnknown', "a proof against a registry of the holder's own making", async () => {
    const request = await readRequest(provider, await fetchRequest(dapp, question))
    const forged = await forgeCredential(provider, splendid)
    const choices = request.policies.map((policy) => chooseForged(forged, policy))
    return handOver(dapp, await proveAnswer(provider, request, choices))
  })
}

function refusal(story: Story, code: ErrorCode, what: string, attempt: () => Promise<unknown>): Promise<ErrorCode> {
  return story.step(`refuse: ${what}`, async () => {
    const value = await expectRefusal(code, attempt)
    return { value, line: `Refused: ${what} (${code})`, detail: { code } }
  })
}

/** Exchanges two points: each lies on the curve still, and the equation fails. */
function tamper(presentation: PresentationJson): PresentationJson {
  const [first, ...others] = presentation.proofs
  const { a, b, c } = first!.proof
  return { ...presentation, proofs: [{ ...first!, proof: { a: c, b, c: a } }, ...others] }
}

/** What a relay can do: sign with a key of its own, since the recipient's is not its to use. */
async function relay(presentation: PresentationJson): Promise<PresentationJson> {
  const { sign, publicKey } = sessionSignerFromKey(randomBytes(32))
  const control = await signJws({
    header: { typ: CONTROL_TYP, jwk: jwkOf(publicKey) },
    payload: { nonce: presentation.nonce, presentation: presentationHash(presentation) },
    sign,
  })
  return { ...presentation, control }
}
