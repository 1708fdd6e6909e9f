import { readFile } from 'node:fs/promises'

/** A sum of wires, each times a factor. */
export type Combination = readonly (readonly [wire: number, factor: bigint])[]

/** a · b = c */
export type Constraint = readonly [a: Combination, b: Combination, c: Combination]

export interface R1cs {
  wires: number
  /** Wires 1 to `outputs` are outputs; the inputs, public and private, come next. Wire 0 is 1. */
  outputs: number
  inputs: number
  constraints: Constraint[]
  /** The signals of each wire, by full name without instance numbers. */
  names: string[][]
}

/** Reads what the compiler wrote: constraints (iden3's r1cs format, version 1) and signal names (sym). */
export async function readR1cs(files: { r1cs: string; sym: string }): Promise<R1cs> {
  const file = await readFile(files.r1cs)
  if (file.subarray(0, 4).toString('latin1') !== 'r1cs') throw new Error('The file holds no constraints.')
  const sections = new Map<number, Buffer>()
  for (let at = 12; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at + 4))
    sections.set(file.readUInt32LE(at), file.subarray(at + 12, at + 12 + length))
    at += 12 + length
  }
  const header = sections.get(1)!
  const size = header.readUInt32LE(0)
  const number = (i: number) => header.readUInt32LE(4 + size + 4 * i)
  const wires = number(0)
  return {
    wires,
    outputs: number(1),
    inputs: number(2) + number(3),
    constraints: readConstraints(sections.get(2)!, { size, count: number(6) }),
    names: await readNames(files.sym, wires),
  }
}

function readConstraints(section: Buffer, { size, count }: { size: number; count: number }): Constraint[] {
  const known = new Map<string, bigint>()
  let at = 0
  const take = (): Combination => {
    const terms = Array.from({ length: section.readUInt32LE(at) }, (_, i) => {
      const start = at + 4 + i * (4 + size)
      const hex = section.toString('hex', start + 4, start + 4 + size)
      const factor = known.get(hex) ?? BigInt(`0x${Buffer.from(hex, 'hex').reverse().toString('hex')}`)
      known.set(hex, factor)
      return [section.readUInt32LE(start), factor] as const
    })
    at += 4 + terms.length * (4 + size)
    return terms
  }
  return Array.from({ length: count }, () => [take(), take(), take()] as const)
}

/** Lines of a sym file: label, wire (-1 when simplified away), component, name. */
async function readNames(path: string, wires: number): Promise<string[][]> {
  const names: string[][] = Array.from({ length: wires }, () => [])
  for (const line of (await readFile(path, 'utf8')).trim().split('\n')) {
    const [, wire, , name] = line.split(',')
    if (Number(wire) >= 0) names[Number(wire)]!.push(name!.replace(/_\d+_\d+/g, ''))
  }
  return names
}
