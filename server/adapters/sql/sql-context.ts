import type { Expression, Kysely, SqlBool } from 'kysely'
import type { Schema } from './schema.ts'

/** What the store's and the queue's transactions are built with, so that they serve either database. */
export interface SqlContext {
  /** Builds and compiles queries; never executes them. */
  db: Kysely<Schema>
  differences: SqlDifferences
}

/** Everything in which the databases differ, apart from the tables' own definition. */
export interface SqlDifferences {
  /** True when the column is one of the values: any number of them in one prepared statement. */
  isOneOf(column: Expression<unknown>, values: readonly string[]): Expression<SqlBool>
}
