import type { SqliteConnection } from './sqlite-connection.ts'

/** Events up to this size are read with all the others around them. */
const SHORT_EVENT_BYTES = 4_096

/** A column that is NULL where the JSON is long: read by the hundred, such events could be tens of megabytes. */
export const SHORT_JSON = `CASE WHEN octet_length(event.json) <= ${SHORT_EVENT_BYTES} THEN event.json END`

/** Reads the JSON of one event on its own, once it is known that it is wanted; undefined when its log was dropped. */
export function createLongEvents({ database }: SqliteConnection): (position: number) => string | undefined {
  const find = database.prepare('SELECT json FROM event WHERE position = ?', { returnArrays: true })
  return (position) => (find.get(position) as unknown as [string] | undefined)?.[0]
}
