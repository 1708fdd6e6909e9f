import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { circuitsFolder } from './paths.ts'

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/)

const zCircuit = z
  .strictObject({
    file: z.string().regex(/^[a-z0-9-]+\.circom$/),
    template: name,
    parameters: z.array(z.int().min(0)),
    publicSignals: z.array(name).min(1),
    publicInputs: z.array(name),
    maxConstraints: z.int().min(1),
  })
  .refine((circuit) => endsWith(circuit.publicSignals, circuit.publicInputs), {
    message: 'public signals are the outputs, then the public inputs',
  })

/** One entry of circuits/circuits.json: which template instance is compiled, and what it makes public, in order. */
export type Circuit = z.infer<typeof zCircuit>

function endsWith(whole: string[], end: string[]): boolean {
  return end.length <= whole.length && end.every((item, i) => item === whole[whole.length - end.length + i])
}

/** Reads circuits/circuits.json. Throws ZodError when it isn't of that shape. */
export function readCircuitList(): Record<string, Circuit> {
  const text = readFileSync(join(circuitsFolder, 'circuits.json'), 'utf8')
  return z.record(name, zCircuit).parse(JSON.parse(text))
}

/** The circuit of that name. Throws when there is none. */
export function findCircuit(wanted: string): Circuit {
  const circuit = readCircuitList()[wanted]
  if (circuit === undefined) throw new Error(`circuits/circuits.json knows no circuit "${wanted}".`)
  return circuit
}
