import { findDevices, zDeviceQuery, zHeldDevices } from '../../issuer/index.ts'
import type { Service } from '../create-service.ts'
import { defineRoute, type Route } from '../define-route.ts'

type Deps = Pick<Service, 'issuers' | 'issuerStore'>

/** A holder's own devices, so that a wallet restored from its phrase finds its machines. */
export function deviceRoutes({ issuers, issuerStore }: Deps): Route[] {
  const issuer = issuers.hardware.did
  return [
    defineRoute({
      method: 'post',
      path: '/v1/devices/find',
      tag: 'Credentials',
      summary: 'Find your own devices by their members: signed by the DID that the hardware issuer knows you by',
      auth: 'did',
      body: zDeviceQuery,
      status: 200,
      response: zHeldDevices,
      errors: ['unauthorized', 'expired', 'clockSkew', 'didUnresolvable', 'signatureInvalid', 'signatureReplayed'],
      handle: ({ body: { members }, did }) => findDevices(issuerStore, { issuer, holder: did, members }),
    }),
  ]
}
