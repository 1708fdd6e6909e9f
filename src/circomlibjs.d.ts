/** circomlibjs 0.1.7 ships no types; these are of the parts that we use. Field elements are opaque to us. */
declare module 'circomlibjs' {
  interface CircomField {
    e(value: bigint): unknown
    toObject(element: unknown): bigint
  }

  export function buildPoseidon(): Promise<{
    (inputs: readonly bigint[]): unknown
    F: CircomField
  }>

  export function buildEddsa(): Promise<{
    F: CircomField
    prv2pub(privateKey: Uint8Array): [unknown, unknown]
    signPoseidon(privateKey: Uint8Array, message: unknown): { R8: [unknown, unknown]; S: bigint }
    verifyPoseidon(message: unknown, signature: { R8: [unknown, unknown]; S: bigint }, key: [unknown, unknown]): boolean
  }>
}
