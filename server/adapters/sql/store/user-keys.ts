import type { UserKey, UserKeyStore } from '#server/ports/user-keys.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, change, first } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'

export function createUserKeyStore({ db }: SqlContext): TransactionsOf<UserKeyStore> {
  return {
    *saveUserKey(userId, provider, { sealed, baseUrl, createdAt }) {
      const { keyId, nonce, ciphertext, tag } = sealed
      const entry = { key_id: keyId, nonce, ciphertext, tag, base_url: baseUrl, created_at: createdAt }
      const insert = db.insertInto('user_key').values({ user_id: userId, provider, ...entry })
      yield* change(insert.onConflict((conflict) => conflict.columns(['user_id', 'provider']).doUpdateSet(entry)))
    },

    *findUserKey(userId, provider) {
      const named = db.selectFrom('user_key').selectAll().where('user_id', '=', userId).where('provider', '=', provider)
      const row = yield* first(named)
      if (!row) return undefined
      const { key_id: keyId, nonce, ciphertext, tag } = row
      return { sealed: { keyId, nonce, ciphertext, tag }, baseUrl: row.base_url, createdAt: row.created_at }
    },

    *deleteUserKey(userId, provider) {
      const named = db.deleteFrom('user_key').where('user_id', '=', userId).where('provider', '=', provider)
      return (yield* change(named)) > 0
    },

    *listUserKeys(userId) {
      const columns = ['provider', 'base_url', 'created_at'] as const
      const own = db.selectFrom('user_key').select(columns).where('user_id', '=', userId).orderBy('provider')
      const rows = yield* all(own)
      return new Map(
        rows.map((row): [string, Omit<UserKey, 'sealed'>] => [
          row.provider,
          { baseUrl: row.base_url, createdAt: row.created_at },
        ]),
      )
    },
  }
}
