import { zKey } from 'snarkjs'

/**
 * The full check of a proving key: snarkjs derives it anew from the compiled circuit and the powers of tau, and checks
 * every contribution. Takes a minute or so. Throws with snarkjs' own words when the key doesn't follow.
 */
export async function verifyKey(r1cs: string, ptau: string, zkey: string | Uint8Array): Promise<void> {
  const complaints: string[] = []
  const logger = { info: () => {}, debug: () => {}, warn: () => {}, error: (line: string) => complaints.push(line) }
  if (!(await zKey.verifyFromR1cs(r1cs, ptau, zkey, logger)))
    throw new Error(`The proving key does not follow from the circuit and the powers of tau: ${complaints.join('; ')}`)
}
