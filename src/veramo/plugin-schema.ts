import type { IAgentPluginSchema } from '@veramo/core'
import * as z from 'zod'
import * as schemas from './method-schemas.ts'

/** JSON Schema of what goes over the wire. Finer checks, such as of field elements, are the methods' own. */
function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' })
  return rest
}

const documented = {
  assayRequestCredential: [
    schemas.zRequestCredentialArgs,
    schemas.zCredentialSummary,
    'Asks the service for a credential about a machine, checks it, and stores it in the wallet',
  ],
  assayPresent: [
    schemas.zPresentArgs,
    schemas.zPresentResult,
    "Answers a dapp's signed request with a proof, or proves something to the service's reputation ledger",
  ],
  assayVerify: [
    schemas.zVerifyArgs,
    schemas.zVerifyResult,
    "Verifies a presentation made for one of the dapp's own requests",
  ],
  assayScore: [
    schemas.zScoreArgs,
    schemas.zScoreResult,
    'Gets a score with its explanation, and checks that the reputation service signed it',
  ],
} as const satisfies Record<string, readonly [z.ZodType, z.ZodType, string]>

export type MethodName = keyof typeof documented

/** The schema of the methods that a plugin has, in Veramo's form: `{ components: { schemas, methods } }`. */
export function pluginSchema(names: readonly MethodName[]): IAgentPluginSchema {
  const methods: Record<string, object> = {}
  const components: Record<string, object> = {}
  for (const name of names) {
    const [args, result, description] = documented[name]
    components[`${name}Args`] = jsonSchema(args)
    components[`${name}Result`] = jsonSchema(result)
    methods[name] = {
      description,
      arguments: { $ref: `#/components/schemas/${name}Args` },
      returnType: { $ref: `#/components/schemas/${name}Result` },
    }
  }
  return { components: { schemas: components, methods } }
}
