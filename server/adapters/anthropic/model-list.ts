import type { ModelCapabilities } from '#server/domain/model-facts.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import { isObject } from '#server/upstream/provider-error.ts'

export interface ModelPage {
  models: ModelRecord[]
  /** What the next page begins after; absent on the last one. */
  after?: string
}

/** One page of `GET /models`; undefined when the value is none. https://platform.claude.com/docs/en/api/models/list */
export function readModelPage(page: unknown): ModelPage | undefined {
  if (!isObject(page) || !Array.isArray(page.data)) return undefined
  const models = page.data.flatMap((entry) => readModel(entry) ?? [])
  const { has_more: hasMore, last_id: lastId } = page
  return hasMore === true && typeof lastId === 'string' && lastId !== '' ? { models, after: lastId } : { models }
}

function readModel(entry: unknown): ModelRecord | undefined {
  if (!isObject(entry) || typeof entry.id !== 'string' || entry.id === '') return undefined
  const { id, display_name: name } = entry
  const model: ModelRecord = {
    id,
    name: typeof name === 'string' && name !== '' && name !== id ? name : null,
    contextLength: readCount(entry.max_input_tokens),
  }
  const maxOutputTokens = readCount(entry.max_tokens)
  if (maxOutputTokens !== null) model.maxOutputTokens = maxOutputTokens
  if (isObject(entry.capabilities)) model.capabilities = readCapabilities(entry.capabilities)
  return model
}

/** The list says nothing about tools: every model takes them. */
function readCapabilities(raw: Record<string, unknown>): ModelCapabilities {
  const capabilities: ModelCapabilities = { tools: true }
  const images = readSupport(raw.image_input)
  const reasoning = readSupport(raw.thinking)
  const jsonSchema = readSupport(raw.structured_outputs)
  if (images !== undefined) capabilities.images = images
  if (reasoning !== undefined) capabilities.reasoning = reasoning
  if (jsonSchema !== undefined) capabilities.jsonSchema = jsonSchema
  return capabilities
}

function readSupport(raw: unknown): boolean | undefined {
  return isObject(raw) && typeof raw.supported === 'boolean' ? raw.supported : undefined
}

/** Unknown limits are absent, null or 0. */
function readCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null
}
