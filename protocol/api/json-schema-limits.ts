/** A JSON schema comes from outside and is sent on: both how long it is and how deep are bounded. */
const MAX_SCHEMA_CHARACTERS = 64 * 1024
const MAX_SCHEMA_DEPTH = 64

/** What is wrong with the size of a JSON value; undefined for nothing. Depth first: what is too deep cannot be measured. */
export function schemaSizeProblem(schema: unknown): string | undefined {
  if (isDeeperThan(schema, MAX_SCHEMA_DEPTH)) return `is nested more than ${MAX_SCHEMA_DEPTH} deep`
  const characters = JSON.stringify(schema).length
  if (characters <= MAX_SCHEMA_CHARACTERS) return undefined
  return `has ${characters} characters of JSON; at most ${MAX_SCHEMA_CHARACTERS} are taken`
}

/** How long the value is as JSON text; infinite where it is nested too deeply to be written. */
export function jsonCharacters(value: unknown): number {
  return isDeeperThan(value, 2 * MAX_SCHEMA_DEPTH) ? Infinity : JSON.stringify(value).length
}

function isDeeperThan(value: unknown, depth: number): boolean {
  let level: unknown[] = [value]
  for (let reached = 0; reached <= depth; reached++) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
    if (level.length === 0) return false
  }
  return true
}
