import { AssayError } from '../protocol/index.ts'
import type { Founders, Genesis, WitnessName } from '../registry/index.ts'
import type { ServiceConfig } from './config.ts'

/**
 * Who founds a service's registry: its own governor and witness, and the witnesses elsewhere that the settings name. Where
 * the settings name none, a registry that exists keeps those of its genesis.
 * @throws AssayError `configInvalid` when the settings name the service's own witness
 */
export function foundersOf(
  { witnesses, witnessThreshold }: Partial<Pick<ServiceConfig, 'witnesses' | 'witnessThreshold'>>,
  own: { governor: { did: string }; witness: WitnessName },
  stored: Genesis | undefined,
): Founders {
  const { did, address } = own.witness
  if (witnesses?.some((name) => name.did === did || name.address === address)) {
    throw new AssayError('configInvalid', "witnesses names the service's own witness, which is one without being named")
  }
  const elsewhere = witnesses ?? stored?.witnesses.filter((name) => name.did !== did) ?? []
  return {
    governors: [own.governor.did],
    witnesses: [{ did, address }, ...elsewhere],
    ...(witnessThreshold !== undefined && { witnessThreshold }),
  }
}
