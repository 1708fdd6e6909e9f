import { basename } from 'node:path'
import { hashFile } from './hash-file.ts'

/** Where a powers-of-tau file comes from. `published`: the public ceremony. `development`: made for this project. */
export type PowersOfTau = { name: string; kind: 'published' | 'development'; blake2b: string }

/**
 * The files that a set-up may start from, by BLAKE2b-512. The published ones are Perpetual Powers of Tau with the Hermez
 * contributions and beacon, prepared for phase 2; hashes from snarkjs' README, section 7.
 */
export const acceptedPowersOfTau: PowersOfTau[] = [
  {
    name: 'powersOfTau28_hez_final_14.ptau',
    kind: 'published',
    blake2b:
      'eeefbcf7c3803b523c94112023c7ff89558f9b8e0cf5d6cdcba3ade60f168af4a181c9c21774b94fbae6c90411995f7d854d02ebd93fb66043dbb06f17a831c1',
  },
  {
    name: 'powersOfTau28_hez_final_15.ptau',
    kind: 'published',
    blake2b:
      '982372c867d229c236091f767e703253249a9b432c1710b4f326306bfa2428a17b06240359606cfe4d580b10a5a1f63fbed499527069c18ae17060472969ae6e',
  },
  {
    // Two contributions from the project's own machines: whoever made it could have kept the secret.
    name: 'development_15.ptau',
    kind: 'development',
    blake2b:
      '96ccaa18b9f1c533c5161ff644b5d8acdc94c59805e10b3c103978a718f66c9cedb5efd9b6e77a7f97d31a83fe8e4c265195ccf05e260be07d55d73e627c929a',
  },
]

/** Recognizes a powers-of-tau file by its hash. Throws when it is none of the accepted ones. */
export async function recognizePowersOfTau(path: string): Promise<PowersOfTau> {
  const blake2b = await hashFile(path, 'blake2b512')
  const known = acceptedPowersOfTau.find((file) => file.blake2b === blake2b)
  if (known === undefined)
    throw new Error(
      `${basename(path)} is no accepted powers-of-tau file: its BLAKE2b-512 is ${blake2b}. Accepted are ${acceptedPowersOfTau.map((file) => file.name).join(', ')}.`,
    )
  return known
}
