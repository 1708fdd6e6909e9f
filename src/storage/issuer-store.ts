import type { IssuerStore, IssuerTx } from '../issuer/issuer-store.ts'
import type { Database, Db } from './database.ts'
import { bars } from './issuer/device-bars.ts'
import { members } from './issuer/device-members.ts'
import { deviceRegister } from './issuer/device-register.ts'
import { issued } from './issuer/issued-credentials.ts'
import { statusIndices } from './issuer/status-indices.ts'
import { lists } from './issuer/status-lists.ts'

/** The issuers' data in the database. */
export function createIssuerStore(database: Pick<Database, 'transaction'>): IssuerStore {
  return { transaction: (work) => database.transaction((tx) => work(issuerTx(tx))) }
}

function issuerTx(tx: Db): IssuerTx {
  return { ...deviceRegister(tx), ...members(tx), ...bars(tx), ...statusIndices(tx), ...lists(tx), ...issued(tx) }
}
