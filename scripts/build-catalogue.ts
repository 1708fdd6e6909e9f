/**
 * Writes src/evidence/inspection/catalogue.ts from npm `@huggingface/tasks` (MIT), plus the corrections below.
 * Run `npx tsx scripts/build-catalogue.ts` after upgrading that package; a test compares the result with the committed file.
 */
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SKUS } from '@huggingface/tasks'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { normaliseModelName } from '../src/evidence/inspection/normalise-model-name.ts'

interface Part {
  tflops: number
  memory?: number[]
  power: number
  computeCapability?: number
}

/** Where the list differs from the vendor's own documents. */
const corrections: Record<string, Partial<Part>> = {
  // H100 NVL has 94 GB (NVIDIA H100 data sheet); the list knows the 80 GB parts only.
  'nvidia:H100': { memory: [80, 94] },
  // developer.nvidia.com/cuda/gpus gives 10.3 for B300.
  'nvidia:B300': { computeCapability: 10.3 },
}

/** Names under which drivers know a part, where removing brands and form factors does not lead to the list's name. */
const driverNames: Record<string, string[]> = {
  'nvidia:RTX Titan': ['TITAN RTX'],
  'nvidia:RTX PRO 6000 Max-Q': ['NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition'],
  'nvidia:RTX PRO 4500 WS': ['NVIDIA RTX PRO 4500 Blackwell'],
}

/**
 * A model's id for ever: the first 32 bits of SHA-256("gpu-model:" + vendor + ":" + name), big-endian. It depends on
 * nothing else in the list, so no growth or reordering changes it; 0 means "no known model" and is never given.
 */
function modelId(key: string): number {
  const digest = sha256(utf8ToBytes(`gpu-model:${key}`))
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0)
}

/** The list calls the same chips now "Mobile", now "Laptop"; one name, so that one chip has one id. */
function canonicalName(name: string): string {
  return name.replace(/ Laptop$/, ' Mobile')
}

function collectParts(): Map<string, Part> {
  const parts = new Map<string, Part>()
  for (const [vendor, list] of Object.entries(SKUS.GPU)) {
    // Qualcomm's are parts of a phone's processor.
    if (!['NVIDIA', 'AMD', 'INTEL'].includes(vendor)) continue
    for (const [name, spec] of Object.entries(list as Record<string, Part>)) {
      const key = `${vendor.toLowerCase()}:${canonicalName(name)}`
      const { tflops, memory, power, computeCapability } = { ...spec, ...corrections[key] }
      const part: Part = { tflops, power, ...(memory && { memory }), ...(computeCapability && { computeCapability }) }
      const known = parts.get(key)
      if (known !== undefined && JSON.stringify(known) !== JSON.stringify(part)) {
        throw new Error(`The list holds two different parts called ${key}`)
      }
      parts.set(key, part)
    }
  }
  return parts
}

function renderPart(key: string, part: Part): string {
  const [vendor, name] = key.split(':') as [string, string]
  const names = [name, ...(driverNames[key] ?? [])].map(normaliseModelName)
  const quoted = [...new Set(names)].map((text) => `'${text}'`).join(', ')
  const fields = [
    `id: ${modelId(key)}`,
    `vendor: '${vendor}'`,
    `name: '${name}'`,
    `keys: [${quoted}]`,
    `memoryGiB: [${[...(part.memory ?? [])].sort((a, b) => a - b).join(', ')}]`,
    `teraflops: ${part.tflops}`,
    `powerW: ${part.power}`,
    `computeCapability: ${Math.round((part.computeCapability ?? 0) * 10)}`,
  ]
  const line = `  { ${fields.join(', ')} },`
  return line.length <= 120 ? line : ['  {', ...fields.map((field) => `    ${field},`), '  },'].join('\n')
}

/** The text of catalogue.ts. Throws when an id is 0 or given twice. */
export function renderCatalogue(): string {
  const parts = [...collectParts()].sort(([a], [b]) => (a < b ? -1 : 1))
  const ids = new Set(parts.map(([key]) => modelId(key)))
  if (ids.has(0) || ids.size !== parts.length) throw new Error('Two models share an id, or one has the id 0')
  return `${[
    '// Written by scripts/build-catalogue.ts from npm @huggingface/tasks (MIT, Hugging Face). Do not edit.',
    '',
    '/** A GPU model as its vendor documents it. */',
    'export interface CatalogueModel {',
    '  /** Claim 0 of hardware credentials: 32 bits, fixed for ever by vendor and name, never 0. */',
    '  id: number',
    "  vendor: 'nvidia' | 'amd' | 'intel'",
    '  name: string',
    '  /** What `normaliseModelName` makes of the names that drivers report. */',
    '  keys: readonly string[]',
    '  /** The sizes in which it is sold; vendors say GB and mean GiB, less what ECC takes. Empty when unknown. */',
    '  memoryGiB: readonly number[]',
    '  /** Approximate, FP16 where there is one. */',
    '  teraflops: number',
    '  /** The highest board power of any form factor. */',
    '  powerW: number',
    '  /** CUDA compute capability times ten; 0 where there is none. */',
    '  computeCapability: number',
    '}',
    '',
    'export const catalogue: readonly CatalogueModel[] = [',
    ...parts.map(([key, part]) => renderPart(key, part)),
    ']',
  ].join('\n')}\n`
}

export const cataloguePath = fileURLToPath(new URL('../src/evidence/inspection/catalogue.ts', import.meta.url))

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const text = renderCatalogue()
  const changed = text !== readFileSync(cataloguePath, { encoding: 'utf8', flag: 'a+' })
  if (changed) writeFileSync(cataloguePath, text)
  console.log(`${cataloguePath} ${changed ? 'written' : 'is up to date'}`)
}
