import { cpu, mem } from 'systeminformation'

/** A processor and its memory. */
export interface MachineDescription {
  cpuBrand: string
  /** Logical cores. */
  cores: number
  ramMiB: number
}

/** Describes the machine that runs this process, through npm `systeminformation`. */
export async function describeMachine(): Promise<MachineDescription> {
  const [processor, memory] = await Promise.all([cpu(), mem()])
  const brand = `${processor.manufacturer} ${processor.brand}`.trim().slice(0, 128)
  return {
    cpuBrand: brand === '' ? 'unknown' : brand,
    cores: Math.max(1, processor.cores),
    ramMiB: Math.floor(memory.total / 1_048_576),
  }
}
