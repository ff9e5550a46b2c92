import type { ModelOverride, ModelOverrides } from '#server/domain/model-override.ts'
import { readJsonFile } from './json-file.ts'

type Check = (value: unknown) => string | undefined

const FIELDS: Record<keyof ModelOverride, Check> = {
  name: (value) => (typeof value === 'string' && value !== '' ? undefined : 'is no text'),
  contextLength: isCount,
  maxOutputTokens: isCount,
  capabilities: fieldsOf({ images: isFlag, tools: isFlag, reasoning: isFlag, jsonSchema: isFlag }, []),
  price: (value) => (value === null ? undefined : isPrice(value)),
  hidden: isFlag,
}
const RATES = { input: isAmount, output: isAmount, cachedInput: isAmount, cacheWrite: isAmount }
const isLong = fieldsOf({ ...RATES, aboveTokens: isCount }, ['input', 'output', 'aboveTokens'])
const isPrice = fieldsOf({ ...RATES, long: isLong, asOf: isDay }, ['input', 'output'])
const isOverride = fieldsOf(FIELDS, [])

/**
 * Reads the file that `MODELS_FILE` names and checks it by hand, as every process does before anything else. Throws what is
 * wrong, in words.
 */
export function readModelsFile(file: string): ModelOverrides {
  const models = readJsonFile(file)
  if (!isObject(models)) throw new Error('is not a JSON object of models by their names')
  for (const [name, override] of Object.entries(models)) {
    if (!/^[^/]+\/./.test(name)) throw new Error(`has a model "${name}" that is not named provider/model`)
    const problem = isOverride(override)
    if (problem !== undefined) throw new Error(`has a model "${name}" that ${problem}`)
  }
  return models as ModelOverrides
}

function fieldsOf(checks: Record<string, Check>, required: readonly string[]): Check {
  return (value) => {
    if (!isObject(value)) return 'is no object'
    const missing = required.find((name) => !(name in value))
    if (missing !== undefined) return `has no "${missing}"`
    for (const [name, field] of Object.entries(value)) {
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined
      if (!check) return `has an unknown field "${name}"`
      const problem = check(field)
      if (problem !== undefined) return `has a "${name}" that ${problem}`
    }
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): string | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? undefined : 'is no whole number above 0'
}

function isAmount(value: unknown): string | undefined {
  const good = typeof value === 'number' && Number.isFinite(value) && value >= 0
  return good ? undefined : 'is no amount of dollars for a million tokens'
}

function isFlag(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'is neither true nor false'
}

function isDay(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? undefined : 'is no day like 2026-01-31'
}
