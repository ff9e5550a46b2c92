import type { CatalogueEntry, ModelRecord, Store } from '#server/ports/store.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, change } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'

export function createCatalogueStore({
  db,
}: SqlContext): TransactionsOf<Pick<Store, 'saveCatalogue' | 'readCatalogue' | 'claimCatalogue'>> {
  return {
    *saveCatalogue(provider, { models, status, error, checkedAt }) {
      const entry = { models_json: JSON.stringify(models), status, error, checked_at: checkedAt }
      const insert = db.insertInto('catalogue').values({ provider, ...entry, asked_at: checkedAt })
      yield* change(insert.onConflict((conflict) => conflict.column('provider').doUpdateSet(entry)))
    },

    *claimCatalogue(provider, { now, before }) {
      const never = { provider, models_json: '[]', status: 'pending', error: null, checked_at: 0 } as const
      const insert = db.insertInto('catalogue').values({ ...never, asked_at: now })
      // A clock that was set back would else keep everybody from asking.
      const due = insert.onConflict((conflict) =>
        conflict
          .column('provider')
          .doUpdateSet({ asked_at: now })
          .where(({ and, or, eb }) =>
            and([
              or([eb('catalogue.asked_at', '<', before), eb('catalogue.asked_at', '>', now)]),
              or([eb('catalogue.checked_at', '<', before), eb('catalogue.checked_at', '>', now)]),
            ]),
          ),
      )
      return (yield* change(due)) > 0
    },

    *readCatalogue() {
      const rows = yield* all(db.selectFrom('catalogue').selectAll().orderBy('provider'))
      return new Map(
        rows.map((row): [string, CatalogueEntry] => [
          row.provider,
          {
            models: JSON.parse(row.models_json) as ModelRecord[],
            status: row.status,
            error: row.error,
            checkedAt: row.checked_at,
          },
        ]),
      )
    },
  }
}
