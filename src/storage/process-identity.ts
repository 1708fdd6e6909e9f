import { readFileSync, readlinkSync } from 'node:fs'
import * as z from 'zod'

/** Who holds a lock: a process, told apart from any later one that happens to get the same number. */
export const zProcessIdentity = z.strictObject({
  pid: z.int().positive(),
  /** When the process started, in the kernel's ticks since boot; empty where the system does not say. */
  startedAt: z.string(),
  /** Where the number means anything: this boot of this kernel, this process namespace (a container has its own). */
  namespace: z.string(),
})
export type ProcessIdentity = z.output<typeof zProcessIdentity>

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startedAt: startOf(process.pid) ?? '', namespace: namespace() }
}

/** Whether that process still runs: `unknown` when it lives, or lived, on another machine or in another container. */
export function liveness(identity: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  if (identity.namespace !== namespace()) return 'unknown'
  try {
    process.kill(identity.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'dead'
  }
  const startedAt = startOf(identity.pid)
  return startedAt === undefined || startedAt === identity.startedAt ? 'alive' : 'dead'
}

/** Field 22 of /proc/PID/stat; a zombie, which was killed but not yet reaped, counts as gone. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the second field, a name in parentheses, may hold spaces
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'ended' : fields[19]
  } catch {
    return undefined
  }
}

function namespace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return process.platform
  }
}
