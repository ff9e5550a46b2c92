import type { Compilable, CompiledQuery } from 'kysely'

/**
 * A transaction as a generator: it yields queries and receives their results. The embedded backend drives it synchronously
 * under `BEGIN IMMEDIATE`; a driver with a network in between can drive the same code with awaits.
 */
export type Transaction<T> = Generator<CompiledQuery, T, QueryResult>

export interface QueryResult {
  rows: unknown[]
  /** Rows inserted, updated or deleted by a query that returns none. */
  changed: number
}

/** All rows of a query: `yield* all(db.selectFrom(…))`. */
export function* all<Row>(query: Compilable<Row>): Transaction<Row[]> {
  const result = yield query.compile()
  return result.rows as Row[]
}

/** The first row, or undefined. */
export function* first<Row>(query: Compilable<Row>): Transaction<Row | undefined> {
  const rows = yield* all(query)
  return rows[0]
}

/** Runs a query that returns no rows, and says how many it changed. */
export function* change(query: Compilable<unknown>): Transaction<number> {
  const result = yield query.compile()
  return result.changed
}
