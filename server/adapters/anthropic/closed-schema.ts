import { isObject } from '#server/upstream/provider-error.ts'

type Schema = Record<string, unknown>

/**
 * A schema in the form that structured outputs take: every object names all its properties, and conditions that the vendor
 * refuses are told to the model in the description instead. The words of the answer are not checked against them here.
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs, "JSON Schema limitations"
 */
export function closedSchema(schema: Schema): Schema {
  const closed: Schema = {}
  const conditions: string[] = []
  for (const [key, value] of Object.entries(schema)) {
    if (isRefused(key, value)) conditions.push(`${key}: ${JSON.stringify(value)}`)
    else if (key !== '$schema') closed[key === 'oneOf' ? 'anyOf' : key] = closedValue(key, value)
  }
  if (schema.type === 'object' || isObject(schema.properties)) closed.additionalProperties = false
  if (conditions.length > 0) closed.description = [schema.description, `(${conditions.join(', ')})`].join(' ').trim()
  return closed
}

function isRefused(key: string, value: unknown): boolean {
  if (key === 'minItems') return value !== 0 && value !== 1
  if (key === 'format') return typeof value !== 'string' || !FORMATS.has(value)
  return REFUSED.has(key)
}

const REFUSED = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'patternProperties',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
])

const FORMATS = new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'])

function closedValue(key: string, value: unknown): unknown {
  if (key === 'properties' || key === '$defs' || key === 'definitions') {
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, of]) => [name, closedAny(of)]))
      : value
  }
  if (key === 'anyOf' || key === 'oneOf' || key === 'allOf') return Array.isArray(value) ? value.map(closedAny) : value
  return key === 'items' ? closedAny(value) : value
}

function closedAny(value: unknown): unknown {
  return isObject(value) ? closedSchema(value) : value
}
