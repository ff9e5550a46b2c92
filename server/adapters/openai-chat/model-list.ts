import type { ModelRecord } from '#server/ports/store.ts'
import { isObject } from '#server/upstream/provider-error.ts'
import type { ChatVendor } from './vendors.ts'

/**
 * The models of a list that can chat, each once; undefined when the value is no list. Vendors put the list under `data`
 * or send it bare, and name the context length in many ways.
 */
export function readModelList(list: unknown, vendor: Pick<ChatVendor, 'hiddenModels'>): ModelRecord[] | undefined {
  const entries = isObject(list) ? list.data : list
  if (!Array.isArray(entries)) return undefined
  const models = new Map<string, ModelRecord>()
  for (const entry of entries) {
    if (!isObject(entry) || typeof entry.id !== 'string' || entry.id === '') continue
    if (models.has(entry.id) || vendor.hiddenModels?.test(entry.id) || !canChat(entry)) continue
    models.set(entry.id, { id: entry.id, name: readName(entry), contextLength: readContextLength(entry) })
  }
  return [...models.values()]
}

function canChat(entry: Record<string, unknown>): boolean {
  const { type, capabilities } = entry
  if (isObject(capabilities) && capabilities.completion_chat === false) return false
  return typeof type !== 'string' || !/^(embeddings?|image|audio|video|rerank|moderation|transcribe|tts)$/i.test(type)
}

function readName(entry: Record<string, unknown>): string | null {
  for (const name of [entry.display_name, entry.name]) {
    if (typeof name === 'string' && name !== '' && name !== entry.id) return name
  }
  return null
}

function readContextLength(entry: Record<string, unknown>): number | null {
  const meta = isObject(entry.meta) ? entry.meta : {}
  const candidates = [
    entry.context_length,
    entry.max_context_length,
    entry.context_window,
    entry.max_model_len,
    meta.n_ctx,
    meta.n_ctx_train,
  ]
  for (const length of candidates)
    if (typeof length === 'number' && Number.isSafeInteger(length) && length > 0) return length
  return null
}
