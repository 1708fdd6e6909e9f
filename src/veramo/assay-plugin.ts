import type { IAgentPlugin, IPluginMethodMap } from '@veramo/core'
import type { ServiceClient } from '../client/index.ts'
import type { Clock, RandomBytes } from '../protocol/index.ts'
import type { Dapp } from '../verifier/index.ts'
import type { HolderOptions } from './holder-parts.ts'
import type {
  CredentialSummary,
  PresentArgs,
  PresentResult,
  RequestCredentialArgs,
  ScoreArgs,
  ScoreResult,
  VerifyArgs,
  VerifyResult,
} from './method-schemas.ts'
import { type MethodName, pluginSchema } from './plugin-schema.ts'
import { presentFor } from './present.ts'
import { requestCredential } from './request-credential.ts'
import { scoreOf } from './score.ts'
import { type Context, openServiceAccess } from './service-access.ts'
import { verifyFor } from './verify.ts'

/** What a holder's agent can do. */
export interface IAssayHolder extends IPluginMethodMap {
  /** Gets a credential about a machine from the service, and keeps it in the wallet. */
  assayRequestCredential(args: RequestCredentialArgs, context: Context): Promise<CredentialSummary>
  /** Proves: to a dapp that asked (the presentation is returned), or to the service's ledger (it is delivered). */
  assayPresent(args: PresentArgs, context: Context): Promise<PresentResult>
}

/** What a dapp's agent can do. */
export interface IAssayVerifier extends IPluginMethodMap {
  /** Judges a presentation made for one of the dapp's own requests. */
  assayVerify(args: VerifyArgs, context: Context): Promise<VerifyResult>
}

/** What every agent can do. */
export interface IAssayScore extends IPluginMethodMap {
  /** A score, explained; its signature is checked. */
  assayScore(args: ScoreArgs, context: Context): Promise<ScoreResult>
}

export type IAssay = IAssayHolder & IAssayVerifier & IAssayScore

export interface AssayPluginOptions {
  service: ServiceClient
  /** The registry that is trusted. */
  registryId: string
  clock: Clock
  randomBytes: RandomBytes
  /** How long a copy of the registry will do, in seconds: no longer than an interval, which is the default. */
  keepRegistrySeconds?: number
  /** For an agent of a holder: adds `assayRequestCredential` and `assayPresent`. */
  holder?: HolderOptions
  /** For an agent of a dapp: adds `assayVerify`. */
  dapp?: Dapp
}

/**
 * A plugin for Veramo agents that resolve DIDs. It has the methods for which it is given the parts, so that
 * `availableMethods` tells what an agent can do. Keys and phrase stay in the wallet: no argument, result or log has them.
 * @example
 * const agent = createAgent<IResolver & IAssay>({ plugins: [resolver, createAssayPlugin({ service, registryId, … })] })
 * const { presentation } = await agent.assayPresent({ request })
 */
export function createAssayPlugin(options: AssayPluginOptions): IAgentPlugin {
  const { service, registryId, clock, randomBytes, keepRegistrySeconds: keepSeconds, dapp } = options
  const access = openServiceAccess(service, { registryId, keepSeconds, clock })
  const holder = options.holder && { ...options.holder, access, clock, randomBytes }
  const methods: Partial<IAssay> & IPluginMethodMap = {
    ...(holder && {
      assayRequestCredential: (args: RequestCredentialArgs, context: Context) =>
        requestCredential(holder, args, context),
      assayPresent: (args: PresentArgs, context: Context) => presentFor(holder, args, context),
    }),
    ...(dapp && { assayVerify: (args: VerifyArgs) => verifyFor(dapp, args) }),
    assayScore: (args: ScoreArgs, context: Context) => scoreOf({ access, holder }, args, context),
  }
  return { methods, schema: pluginSchema(Object.keys(methods) as MethodName[]) }
}
