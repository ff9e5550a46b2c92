import type { Expression, Kysely, SqlBool } from 'kysely'
import type { Schema } from './schema.ts'

/** What the store's and the queue's transactions are built with, so that they serve either database. */
export interface SqlContext {
  /** Builds and compiles queries; never executes them. */
  db: Kysely<Schema>
  differences: SqlDifferences
  /** A new UUIDv7, for rows that a transaction makes by itself. */
  newId(): string
  /** Milliseconds UTC, as the least that a new revision may be. */
  now(): number
  /** What the running transaction will have changed, for those who are to be woken after its commit. */
  effects: Effects
}

export interface Effects {
  /** Users whose revision was raised. */
  users: Set<string>
  /** Whether generations were added that nobody is told of otherwise. */
  jobs: boolean
}

/** Everything in which the databases differ, apart from the tables' own definition. */
export interface SqlDifferences {
  /** True when the column is one of the values: any number of them in one prepared statement. */
  isOneOf(column: Expression<unknown>, values: readonly string[]): Expression<SqlBool>
}
