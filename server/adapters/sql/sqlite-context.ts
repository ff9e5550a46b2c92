import { Kysely, sql, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, type Dialect, type Driver } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { MillraceError } from '#server/domain/errors.ts'
import type { Schema } from './schema.ts'
import type { SqlContext } from './sql-context.ts'

/** Builds queries for SQLite, with what SQLite does its own way. */
export function createSqliteContext(): SqlContext {
  return {
    db: new Kysely<Schema>({ dialect: buildOnlyDialect }),
    differences: {
      isOneOf: (column, values) => sql`${column} in (select value from json_each(${JSON.stringify(values)}))`,
    },
    newId: () => uuidv7(),
    now: () => Date.now(),
    effects: { users: new Set(), jobs: false },
  }
}

const buildOnlyDialect: Dialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => buildOnlyDriver,
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
}

const refuse = async (): Promise<never> => {
  throw new MillraceError('invariant', 'Queries are run by a transaction, never by awaiting them.')
}

/** Kysely's own way to execute is asynchronous, and a transaction here must not wait. */
const buildOnlyDriver: Driver = {
  init: async () => {},
  acquireConnection: refuse,
  beginTransaction: refuse,
  commitTransaction: refuse,
  rollbackTransaction: refuse,
  releaseConnection: async () => {},
  destroy: async () => {},
}
