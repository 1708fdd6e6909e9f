import type { ClaimGrid } from './claim-grid.ts'
import { type ClaimDefinition, claimSchema } from './claim-schemas.ts'

/** A canonical decimal string: no sign, no leading zero. */
const DECIMAL = '^(0|[1-9][0-9]*)$'
/** The same below 10^20, which holds every 64-bit number. */
const UINT64 = '^(0|[1-9][0-9]{0,19})$'

/**
 * The JSON Schema of the credentials of a claim schema (W3C VC JSON Schema: type `JsonSchema`). It describes the part that
 * differs between claim schemas, and checks shapes alone: signatures and grids are checked by whoever reads the credential.
 * @param id the URL that it is served at
 * @throws AssayError `unknownSchema`
 */
export function claimJsonSchema(uri: string, id: string) {
  const { title, claims } = claimSchema(uri)
  const definitions = claims.filter((definition) => definition !== null)
  const perClaim = <Value>(describe: (definition: ClaimDefinition) => Value) =>
    Object.fromEntries(definitions.map((definition) => [definition.name, describe(definition)] as const))
  const fieldElement = (description: string) => ({ description, type: 'string', pattern: DECIMAL })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: id,
    title,
    description: `Credentials of ${uri}. Numbers are decimal strings.`,
    type: 'object',
    required: ['credentialSubject'],
    properties: {
      credentialSubject: {
        type: 'object',
        required: ['id', 'schema', 'subject', 'device', 'binding', 'claims', 'sources'],
        properties: {
          id: { description: "The holder's DID for this issuer", type: 'string', pattern: '^did:' },
          schema: { description: 'The URI that the circuit hashes', const: uri },
          subject: fieldElement("The holder's pseudonym for this issuer"),
          device: fieldElement('The machine, or the source of the claims'),
          binding: fieldElement("Ties the device to the holder's secret"),
          claims: {
            type: 'object',
            required: definitions.map(({ name }) => name),
            properties: perClaim((definition) => ({
              title: definition.label,
              description: describeValue(definition),
              type: 'string',
              pattern: UINT64,
            })),
            additionalProperties: false,
          },
          sources: {
            description: 'How each claim was obtained; a claim without a source is unused, and 0',
            type: 'object',
            properties: perClaim(({ sources }) => ({ enum: [...sources] })),
            additionalProperties: false,
          },
        },
        additionalProperties: false,
      },
    },
  }
}

function describeValue({ label, unit, grid, rounding }: ClaimDefinition): string {
  const value = unit === '' ? label : `${label}, in ${unit}`
  return rounding === 'exact' ? value : `${value}; rounded ${rounding} to ${describeGrid(grid)}`
}

function describeGrid(grid: ClaimGrid): string {
  if ('digits' in grid) return `${grid.digits} significant digits`
  return grid.step === 1n ? 'a whole number' : `a multiple of ${grid.step}`
}
