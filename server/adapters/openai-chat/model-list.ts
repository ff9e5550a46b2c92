import type { ModelCapabilities } from '#server/domain/model-facts.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import { isObject } from '#server/upstream/provider-error.ts'
import { readPrice } from './model-price.ts'
import type { ChatVendor } from './vendors.ts'

type Entry = Record<string, unknown>

/**
 * The models of a list that can chat, each once; undefined when the value is no list. Vendors put the list under `data` or
 * `models` or send it bare, and name what they say of a model in many ways; what they do not say stays unknown.
 */
export function readModelList(list: unknown, vendor: Pick<ChatVendor, 'hiddenModels'>): ModelRecord[] | undefined {
  const entries = entriesOf(list)
  if (!Array.isArray(entries)) return undefined
  const models = new Map<string, ModelRecord>()
  for (const entry of entries) {
    if (!isObject(entry) || typeof entry.id !== 'string' || entry.id === '') continue
    if (models.has(entry.id) || vendor.hiddenModels?.test(entry.id) || !canChat(entry)) continue
    models.set(entry.id, toRecord(entry.id, entry))
  }
  return [...models.values()]
}

function entriesOf(list: unknown): unknown {
  if (!isObject(list)) return list
  if (Array.isArray(list.data)) return list.data
  const { models } = list
  return Array.isArray(models) && models.every((entry) => isObject(entry) && typeof entry.id === 'string')
    ? models
    : undefined
}

function toRecord(id: string, entry: Entry): ModelRecord {
  const record: ModelRecord = { id, name: readName(entry), contextLength: readContextLength(entry) }
  const topProvider = isObject(entry.top_provider) ? entry.top_provider : {}
  const maxOutputTokens = firstLength(
    topProvider.max_completion_tokens,
    entry.max_completion_tokens,
    entry.max_output_tokens,
    entry.max_output_length,
  )
  if (maxOutputTokens !== null) record.maxOutputTokens = maxOutputTokens
  const capabilities = readCapabilities(entry)
  if (Object.keys(capabilities).length > 0) record.capabilities = capabilities
  const price = readPrice(entry)
  if (price) record.price = price
  return record
}

function canChat(entry: Entry): boolean {
  const { type, capabilities } = entry
  if (entry.active === false || entry.supports_chat === false) return false
  // Mistral's and Azure's words.
  if (isObject(capabilities) && (capabilities.completion_chat === false || capabilities.chat_completion === false))
    return false
  const output = modalities(entry, 'output_modalities')
  if (output && !output.includes('text')) return false
  return typeof type !== 'string' || !/^(embeddings?|image|audio|video|rerank|moderation|transcribe|tts)$/i.test(type)
}

function readName(entry: Entry): string | null {
  for (const name of [entry.display_name, entry.name]) {
    if (typeof name === 'string' && name !== '' && name !== entry.id) return name
  }
  return null
}

function readContextLength(entry: Entry): number | null {
  const meta = isObject(entry.meta) ? entry.meta : {}
  return firstLength(
    entry.loaded_context_length,
    entry.context_length,
    entry.max_context_length,
    entry.context_window,
    entry.max_model_len,
    meta.n_ctx,
    meta.n_ctx_train,
  )
}

function firstLength(...candidates: unknown[]): number | null {
  for (const length of candidates)
    if (typeof length === 'number' && Number.isSafeInteger(length) && length > 0) return length
  return null
}

function readCapabilities(entry: Entry): ModelCapabilities {
  const capabilities: ModelCapabilities = {}
  const set = (name: keyof ModelCapabilities, ...candidates: unknown[]) => {
    const known = candidates.find((candidate) => typeof candidate === 'boolean')
    if (known !== undefined) capabilities[name] = known
  }
  const flags = isObject(entry.capabilities) ? entry.capabilities : {}
  // A list of modalities or parameters is whole; one of capabilities or tags says nothing of what is not in it.
  const input = modalities(entry, 'input_modalities')
  const parameters = words(entry.supported_parameters)
  const tags = [entry.capabilities, entry.tags, entry.supported_features].flatMap((list) => words(list) ?? [])
  const tagged = (pattern: RegExp) => tags.some((tag) => pattern.test(tag)) || undefined
  const isVision = entry.type === 'vlm' || (entry.type === 'llm' ? false : undefined)
  set(
    'images',
    input?.includes('image'),
    flags.vision,
    entry.supports_image_input,
    tagged(/vision|image|multimodal/),
    isVision,
  )
  set('tools', parameters?.includes('tools'), flags.function_calling, entry.supports_tools, tagged(/^tool/))
  set('reasoning', parameters?.includes('reasoning'), flags.reasoning, tagged(/^(reasoning|thinking)/))
  set('jsonSchema', parameters?.includes('structured_outputs'), tagged(/^(structured|json_schema)/))
  return capabilities
}

function modalities(entry: Entry, name: 'input_modalities' | 'output_modalities'): string[] | undefined {
  const architecture = isObject(entry.architecture) ? entry.architecture : {}
  return words(entry[name]) ?? words(architecture[name])
}

function words(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : undefined
}
