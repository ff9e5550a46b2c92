import type { Selectable } from 'kysely'
import type { StoredFile } from '#server/domain/stored-file.ts'
import type { Store } from '#server/ports/store.ts'
import type { Schema } from '../schema.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, change, first } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'

export function createFileStore({ db }: SqlContext): TransactionsOf<Pick<Store, 'addFile' | 'getFiles'>> {
  return {
    *addFile(file) {
      const { id, userId, hash, mediaType, bytes, name, createdAt } = file
      const row = { id, user_id: userId, hash, media_type: mediaType, bytes, name, created_at: createdAt }
      yield* change(
        db
          .insertInto('file')
          .values(row)
          .onConflict((conflict) => conflict.doNothing()),
      )
      const mine = db.selectFrom('file').selectAll().where('user_id', '=', userId).where('hash', '=', hash)
      const kept = yield* first(mine.where('media_type', '=', mediaType).where('name', '=', name))
      return kept ? toFile(kept) : file
    },

    *getFiles(userId, ids) {
      if (ids.length === 0) return []
      const rows = db.selectFrom('file').selectAll().where('user_id', '=', userId)
      return (yield* all(rows.where('id', 'in', ids))).map(toFile)
    },
  }
}

function toFile(row: Selectable<Schema['file']>): StoredFile {
  const { id, user_id: userId, hash, media_type: mediaType, bytes, name, created_at: createdAt } = row
  return { id, userId, hash, mediaType, bytes, name, createdAt }
}
