import { cpu, fsSize, mem, networkInterfaces, system } from 'systeminformation'

/** A machine without its GPUs. Null is what the system does not tell. */
export interface MachineDescription {
  cpuBrand: string
  /** Logical cores. */
  cores: number
  ramMiB: number
  /** The largest file system. */
  diskGiB: number | null
  /** The fastest network interface. */
  netMbit: number | null
  virtual: boolean | null
}

/** Describes the machine that runs this process, through npm `systeminformation`. */
export async function describeMachine(): Promise<MachineDescription> {
  const [processor, memory, about] = await Promise.all([cpu(), mem(), system()])
  const [disks, networks] = await Promise.all([fsSize().catch(() => []), networkInterfaces().catch(() => [])])
  const brand = `${processor.manufacturer} ${processor.brand}`.trim().slice(0, 128)
  return {
    cpuBrand: brand === '' ? 'unknown' : brand,
    cores: Math.max(1, processor.cores),
    ramMiB: Math.floor(memory.total / 1_048_576),
    diskGiB: largest(disks.map(({ size }) => size / 2 ** 30)),
    netMbit: largest([networks].flat().flatMap(({ internal, speed }) => (internal || !speed ? [] : [speed]))),
    virtual: typeof about.virtual === 'boolean' ? about.virtual : null,
  }
}

function largest(values: readonly number[]): number | null {
  const known = values.filter((value) => Number.isFinite(value) && value >= 0)
  return known.length === 0 ? null : Math.floor(Math.max(...known))
}
