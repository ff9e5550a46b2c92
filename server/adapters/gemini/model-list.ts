import type { ModelRecord } from '#server/ports/store.ts'
import { isObject } from '#server/upstream/provider-error.ts'
import { modelGeneration } from './model-generation.ts'

const MAX_PAGES = 20

/** Models that speak, or draw: their answers are no text, and nothing else of theirs could be shown. */
const NOT_TEXT = /-tts\b|-audio\b|-live\b|-image\b|nano-banana|\bimagen\b|\bveo\b|-embedding\b|^aqa$/

/** Asks for every page; undefined when the first answer is no list. */
export async function listGeminiModels(
  askPage: (pageToken: string | undefined) => Promise<unknown>,
): Promise<ModelRecord[] | undefined> {
  const models = new Map<string, ModelRecord>()
  let pageToken: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const list = await askPage(pageToken)
    if (!isObject(list)) return undefined
    // A page may be empty, and an empty list is left out altogether.
    const entries = list.models ?? []
    if (!Array.isArray(entries) || (page === 0 && list.models === undefined)) return undefined
    for (const entry of entries) {
      const model = isObject(entry) ? readModel(entry) : undefined
      if (model && !models.has(model.id)) models.set(model.id, model)
    }
    if (typeof list.nextPageToken !== 'string' || list.nextPageToken === '') break
    pageToken = list.nextPageToken
  }
  return [...models.values()]
}

function readModel(entry: Record<string, unknown>): ModelRecord | undefined {
  const { name, displayName, supportedGenerationMethods: methods, thinking } = entry
  if (typeof name !== 'string') return undefined
  const id = name.replace(/^models\//, '')
  if (id === '' || NOT_TEXT.test(id)) return undefined
  if (Array.isArray(methods) && !methods.includes('generateContent')) return undefined
  const model: ModelRecord = {
    id,
    name: typeof displayName === 'string' && displayName !== '' && displayName !== id ? displayName : null,
    contextLength: tokens(entry.inputTokenLimit),
    maxOutputTokens: tokens(entry.outputTokenLimit),
  }
  // The list names no other capabilities; these every Gemini model has that writes text.
  const isGemini = modelGeneration(id) !== undefined
  if (isGemini) model.capabilities = { images: true, tools: true, jsonSchema: true }
  if (typeof thinking === 'boolean') model.capabilities = { ...model.capabilities, reasoning: thinking }
  return model
}

function tokens(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null
}
