import { and, asc, eq, inArray, ne, or, sql } from 'drizzle-orm'
import type { IssuerTx } from '../../issuer/issuer-store.ts'
import type { Member } from '../../protocol/device.ts'
import { AssayError } from '../../protocol/errors.ts'
import type { Db } from '../database.ts'
import { isUniqueViolation } from '../postgres-error.ts'
import { deviceCards, deviceMembers, devices } from '../schema/issuer.ts'

export function members(tx: Db) {
  return {
    async lockMembers(device, wanted) {
      if (wanted.length === 0) return []
      const cards = new Map(wanted.map((member) => [cardOf(member), member.id]))
      // a card that nobody has yet has no row to lock: who comes at once waits here, and then finds it taken
      for (const card of [...cards.keys()].sort()) {
        await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${card}, 0))`)
      }
      const rows = await tx
        .select({ card: deviceCards.card, owner: devices })
        .from(deviceCards)
        .innerJoin(devices, eq(devices.device, deviceCards.device))
        .where(and(inArray(deviceCards.card, [...cards.keys()]), ne(deviceCards.device, device)))
        .orderBy(asc(deviceCards.card))
        .for('update')
      if (rows.length === 0) return []
      const held = await tx
        .select({ card: deviceMembers.card, member: deviceMembers.member })
        .from(deviceMembers)
        .where(
          inArray(
            deviceMembers.card,
            rows.map(({ card }) => card),
          ),
        )
      return rows.map(({ card, owner }) => {
        const theirs = held.filter((one) => one.card === card).map(({ member }) => member)
        return { member: cards.get(card)!, owner, theirs }
      })
    },
    async setMembers(device, wanted) {
      const cards = [...new Map(wanted.map((member) => [cardOf(member), member.parent !== undefined]))]
      const names = cards.map(([card]) => card)
      // a card that was whole and is sliced now, or the other way round, is another card to the register
      await tx
        .delete(deviceCards)
        .where(
          names.length === 0
            ? eq(deviceCards.device, device)
            : or(eq(deviceCards.device, device), inArray(deviceCards.card, names)),
        )
      if (cards.length === 0) return
      await tx
        .insert(deviceCards)
        .values(cards.map(([card, isSliced]) => ({ card, device, isSliced })))
        .catch(refuseBoundMember)
      await tx
        .insert(deviceMembers)
        .values(wanted.map((member) => ({ ...memberRow(member), device })))
        .catch(refuseBoundMember)
    },
  } satisfies Partial<IssuerTx>
}

/** The card that a member is, or is a slice of. */
function cardOf({ id, parent }: Member): string {
  return parent ?? id
}

function memberRow(member: Member) {
  return { member: member.id, card: cardOf(member), isSliced: member.parent !== undefined }
}

/** Another device took a card or member in the meantime: the constraint decides who was first. */
function refuseBoundMember(error: unknown): never {
  if (isUniqueViolation(error, 'device_cards_pkey') || isUniqueViolation(error, 'device_members_pkey')) {
    throw new AssayError('memberBound')
  }
  throw error
}
