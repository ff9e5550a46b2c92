import type { CatalogueEntry, ModelRecord, Store } from '#server/ports/store.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, change } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'

export function createCatalogueStore({
  db,
}: SqlContext): TransactionsOf<Pick<Store, 'saveCatalogue' | 'readCatalogue'>> {
  return {
    *saveCatalogue(provider, { models, status, error, checkedAt }) {
      const entry = { models_json: JSON.stringify(models), status, error, checked_at: checkedAt }
      const insert = db.insertInto('catalogue').values({ provider, ...entry })
      yield* change(insert.onConflict((conflict) => conflict.column('provider').doUpdateSet(entry)))
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
