import type { ModelCapabilities } from '#server/domain/model-facts.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import { isObject } from '#server/upstream/provider-error.ts'

/** How much a model can be told to think, in the vendor's words. */
export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

export interface ReasoningFacts {
  /** Undefined for a model that nothing is known of. */
  reasons: boolean | undefined
  /** From the least to the most. */
  efforts: readonly Effort[]
  /** Whether temperature and top-p are taken while it is told not to think. */
  samplesWithoutThinking: boolean
}

const HIDDEN =
  /^(text-|omni-moderation|whisper|tts|dall-e|gpt-image|chatgpt-image|sora|babbage|davinci|gpt-audio|gpt-live)|-(realtime|transcribe|tts|audio|instruct|search-preview|search-api|embedding)\b/

/** The models of a list that can answer as Responses, each once; undefined when the value is no list. */
export function readModelList(list: unknown): ModelRecord[] | undefined {
  const entries = isObject(list) ? list.data : list
  if (!Array.isArray(entries)) return undefined
  const models = new Map<string, ModelRecord>()
  for (const entry of entries) {
    if (!isObject(entry) || typeof entry.id !== 'string' || entry.id === '' || HIDDEN.test(entry.id)) continue
    if (!models.has(entry.id)) models.set(entry.id, toModel(entry.id, entry))
  }
  return [...models.values()]
}

function toModel(id: string, entry: Record<string, unknown>): ModelRecord {
  const name = typeof entry.name === 'string' && entry.name !== id ? entry.name : null
  const length = [entry.context_length, entry.context_window, entry.max_model_len].find(
    (value) => typeof value === 'number' && Number.isSafeInteger(value) && value > 0,
  )
  const capabilities = capabilitiesOf(id)
  const model: ModelRecord = { id, name, contextLength: (length as number | undefined) ?? null }
  return capabilities ? { ...model, capabilities } : model
}

/** Of the vendor's own families; its list says nothing but the names. */
function capabilitiesOf(id: string): ModelCapabilities | undefined {
  const name = bareName(id)
  const { reasons } = reasoningFacts(id)
  const isOwn = /^(gpt-(4o|4\.1|4-turbo|[5-9])|o\d|codex|chatgpt-4o)/.test(name)
  if (!isOwn || reasons === undefined) return undefined
  const isChat = /^(chatgpt-4o|gpt-5-chat)/.test(name)
  const images = !/^(o1-mini|o1-preview|o3-mini)/.test(name)
  return { images, tools: !isChat && !/^o1-(mini|preview)/.test(name), reasoning: reasons, jsonSchema: !isChat }
}

/**
 * What a model's name says of its thinking. The vendor tells it nowhere but in its documentation (guide "Reasoning models",
 * the models' own pages), and refuses what a model does not take.
 */
export function reasoningFacts(model: string, known?: ModelCapabilities): ReasoningFacts {
  const name = bareName(model)
  const version = /^gpt-(\d+)(?:\.(\d+))?(?:-(.*))?$/.exec(name)
  if (version && Number(version[1]) >= 5) return gptFacts(Number(version[1]), version[2], version[3] ?? '')
  if (/^(o\d|codex|gpt-oss)/.test(name)) return thinking(['low', 'medium', 'high'])
  if (/^(gpt-|chatgpt-)/.test(name)) return { reasons: false, efforts: [], samplesWithoutThinking: true }
  const efforts = ['none', 'minimal', 'low', 'medium', 'high'] as const
  return { reasons: known?.reasoning, efforts: known?.reasoning === false ? [] : efforts, samplesWithoutThinking: true }
}

function gptFacts(major: number, minorText: string | undefined, variant: string): ReasoningFacts {
  const minor = Number(minorText ?? 0)
  if (variant.startsWith('chat')) {
    // The first of them only chats; the later ones think as much as they like.
    return minorText === undefined
      ? { reasons: false, efforts: [], samplesWithoutThinking: true }
      : thinking(['medium'])
  }
  if (major > 5) return thinking(['low', 'medium', 'high', 'xhigh', 'max'])
  if (variant.startsWith('pro')) return thinking(minor < 2 ? ['high'] : ['medium', 'high', 'xhigh'])
  const most: Effort[] = minor >= 6 ? ['xhigh', 'max'] : minor >= 2 || variant.startsWith('codex-max') ? ['xhigh'] : []
  const common: Effort[] = ['low', 'medium', 'high', ...most]
  if (variant.startsWith('codex')) return thinking(common)
  if (minor === 0) return thinking(['minimal', ...common])
  return { ...thinking(['none', ...common]), samplesWithoutThinking: true }
}

function thinking(efforts: readonly Effort[]): ReasoningFacts {
  return { reasons: true, efforts, samplesWithoutThinking: false }
}

/** Without the vendor that gateways put before it, and without what makes it a customer's own. */
function bareName(model: string): string {
  const name = model.toLowerCase().replace(/^ft:/, '').split(':')[0] ?? ''
  return name.slice(name.lastIndexOf('/') + 1)
}
