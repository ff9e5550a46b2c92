import { isObject } from '#server/upstream/provider-error.ts'

type Schema = Record<string, unknown>

/** Say something about a schema, and nothing about what keeps to it. */
const REMARKS = new Set(['$schema', '$id', '$comment', 'title', 'description', 'default', 'examples', 'deprecated'])
/** What the runtime builds a grammar from, by the type that it belongs to. */
const KNOWN: Readonly<Record<string, ReadonlySet<string>>> = {
  object: new Set(['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties']),
  array: new Set(['items', 'prefixItems', 'minItems', 'maxItems']),
  string: new Set(['minLength', 'maxLength', 'format']),
  number: new Set(),
  integer: new Set(),
  boolean: new Set(),
  null: new Set(),
}
const FORMATS = new Set(['date-time', 'time', 'date'])
const MAX_DEPTH = 64

/**
 * A JSON schema as the runtime's grammars want it (`GbnfJsonSchema` in the typings of `node-llama-cpp`); undefined for one
 * that says more than they can hold to: the runtime would take `null` for what it does not know, and keep the model to that.
 * What it makes keeps to the schema, though not all that keeps to the schema can be made: every property is written.
 */
export function toGrammarSchema(schema: unknown, depth = 0): Schema | undefined {
  if (!isObject(schema) || depth > MAX_DEPTH) return undefined
  const { $defs, ...rest } = withoutRemarks(schema)
  const made = translate(rest, depth)
  if (!made || $defs === undefined) return made
  const defs = eachOf($defs, depth)
  return defs && { ...made, $defs: defs }
}

function translate(schema: Schema, depth: number): Schema | undefined {
  const { anyOf, oneOf = anyOf, type, $ref, ...rest } = schema
  if (oneOf !== undefined) return has(schema, 1) ? alternatives(oneOf, depth) : undefined
  if ($ref !== undefined) {
    return has(schema, 1) && typeof $ref === 'string' && $ref.startsWith('#/$defs/') ? { $ref } : undefined
  }
  if ('const' in schema) return isLiteral(schema.const) ? { const: schema.const } : undefined
  if ('enum' in schema) {
    return Array.isArray(schema.enum) && schema.enum.every(isLiteral) ? { enum: schema.enum } : undefined
  }
  if (Array.isArray(type)) {
    return alternatives(
      type.map((each: unknown) => ({ type: each, ...onlyFor(String(each), rest) })),
      depth,
    )
  }
  const known = typeof type === 'string' ? KNOWN[type] : undefined
  if (!known || !Object.keys(rest).every((key) => known.has(key))) return undefined
  if (type === 'object') return objectSchema(rest, depth)
  if (type === 'array') return arraySchema(rest, depth)
  const { format } = rest
  const isKnown = format === undefined || (typeof format === 'string' && FORMATS.has(format))
  return isKnown ? { type, ...rest } : undefined
}

function alternatives(schemas: unknown, depth: number): Schema | undefined {
  const made = listOf(schemas, depth)
  return made && { oneOf: made }
}

function objectSchema(schema: Schema, depth: number): Schema | undefined {
  const properties = schema.properties === undefined ? undefined : eachOf(schema.properties, depth)
  if (schema.properties !== undefined && !properties) return undefined
  // Without a word about properties any may be there; with one the runtime writes those, and that is enough.
  const { additionalProperties: more = properties === undefined, ...rest } = schema
  const additional = typeof more === 'boolean' ? more : toGrammarSchema(more, depth + 1)
  if (additional === undefined) return undefined
  return { ...rest, type: 'object', ...(properties ? { properties } : {}), additionalProperties: additional }
}

function arraySchema(schema: Schema, depth: number): Schema | undefined {
  const { items, prefixItems, ...rest } = schema
  const made: Schema = { ...rest, type: 'array' }
  if (items !== undefined) made.items = toGrammarSchema(items, depth + 1)
  if (prefixItems !== undefined) made.prefixItems = listOf(prefixItems, depth)
  return Object.values(made).includes(undefined) ? undefined : made
}

function eachOf(schemas: unknown, depth: number): Schema | undefined {
  if (!isObject(schemas)) return undefined
  const made = Object.entries(schemas).map(([name, schema]): [string, Schema | undefined] => [
    name,
    toGrammarSchema(schema, depth + 1),
  ])
  return made.every(([, schema]) => schema) ? Object.fromEntries(made) : undefined
}

function listOf(schemas: unknown, depth: number): Schema[] | undefined {
  if (!Array.isArray(schemas) || schemas.length === 0) return undefined
  const made = schemas.map((schema: unknown) => toGrammarSchema(schema, depth + 1))
  return made.every((schema) => schema !== undefined) ? made : undefined
}

function onlyFor(type: string, schema: Schema): Schema {
  const others = new Set(Object.entries(KNOWN).flatMap(([name, keys]) => (name === type ? [] : [...keys])))
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !others.has(key)))
}

function withoutRemarks(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !REMARKS.has(key)))
}

function has(schema: Schema, keys: number): boolean {
  return Object.keys(schema).length === keys
}

function isLiteral(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
