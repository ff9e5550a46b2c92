import { sql } from 'kysely'
import type { SqlContext } from '../sql-context.ts'
import { change, first, type Transaction } from '../transaction.ts'

/**
 * Raises the user's revision and stamps it on the conversation. Never less than the time in milliseconds: what a power loss
 * took back is not given out again. The user's row is written first, so that whoever commits later has the higher one, also
 * where several write at once.
 */
export function* raiseRevision(
  { db, now, effects }: SqlContext,
  userId: string,
  conversationId: string,
): Transaction<number> {
  const least = now()
  const raised = yield* first(
    db
      .insertInto('user')
      .values({ id: userId, created_at: least, revision: least })
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet({ revision: sql`case when user.revision < ${least} then ${least} else user.revision + 1 end` }),
      )
      .returning('revision'),
  )
  const revision = raised?.revision ?? least
  yield* change(db.updateTable('conversation').set({ revision }).where('id', '=', conversationId))
  effects.users.add(userId)
  return revision
}
