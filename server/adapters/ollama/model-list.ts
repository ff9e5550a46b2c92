import { ProviderFailure } from '#server/ports/provider.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import { isObject } from '#server/upstream/provider-error.ts'

/** What `/api/show` says of a model, in our words. */
export interface ModelFacts {
  /** False for models that only make embeddings. */
  canChat: boolean
  contextLength: number | null
  capabilities?: NonNullable<ModelRecord['capabilities']>
}

export interface OllamaCalls {
  /** `GET /api/tags`. */
  tags(): Promise<unknown>
  /** `POST /api/show`. */
  show(model: string): Promise<unknown>
}

const MAX_AT_ONCE = 4

/**
 * The models that can chat; undefined when the first answer is no list. Each is asked about once for as long as its digest
 * stays the same. One that cannot be asked about is listed all the same, and when the server does not answer, the others
 * are not asked about either.
 */
export async function listOllamaModels(
  calls: OllamaCalls,
  knownFacts: Map<string, ModelFacts>,
): Promise<ModelRecord[] | undefined> {
  const entries = readTags(await calls.tags())
  if (!entries) return undefined
  // Two names of one model differ in nothing but the name.
  const waiting = [...new Map(entries.map((entry) => [entry.digest, entry])).values()].filter(
    ({ digest }) => !knownFacts.has(digest),
  )
  let isSilent = false

  async function askAboutNext(): Promise<void> {
    for (let entry = waiting.shift(); entry && !isSilent; entry = waiting.shift()) {
      try {
        const facts = readFacts(await calls.show(entry.id))
        if (facts) knownFacts.set(entry.digest, facts)
      } catch (error) {
        if (!(error instanceof ProviderFailure) || error.error.kind === 'cancelled') throw error
        isSilent ||= error.error.kind === 'timeout' || error.error.kind === 'network'
      }
    }
  }

  await Promise.all(Array.from({ length: MAX_AT_ONCE }, askAboutNext))
  forgetOthers(knownFacts, entries)
  return entries.flatMap(({ id, digest }) => toRecord(id, knownFacts.get(digest)))
}

interface Entry {
  id: string
  digest: string
}

function readTags(list: unknown): Entry[] | undefined {
  if (!isObject(list) || !Array.isArray(list.models)) return undefined
  const entries = new Map<string, Entry>()
  for (const entry of list.models) {
    const id: unknown = isObject(entry) ? (entry.model ?? entry.name) : undefined
    if (!isObject(entry) || typeof id !== 'string' || id === '') continue
    // Models in the cloud have none.
    const digest = typeof entry.digest === 'string' && entry.digest !== '' ? entry.digest : id
    entries.set(id, { id, digest })
  }
  return [...entries.values()]
}

function readFacts(shown: unknown): ModelFacts | undefined {
  if (!isObject(shown)) return undefined
  const { capabilities, model_info: info, parameters } = shown
  const contextLength = readParameter(parameters, 'num_ctx') ?? readContextLength(info)
  if (!Array.isArray(capabilities)) return { canChat: true, contextLength }
  return {
    canChat: capabilities.includes('completion'),
    contextLength,
    capabilities: {
      images: capabilities.includes('vision'),
      tools: capabilities.includes('tools'),
      reasoning: capabilities.includes('thinking'),
      // The grammar of a schema holds for every model.
      jsonSchema: true,
    },
  }
}

/** A setting out of the model's own file, a line such as `num_ctx 8192`. */
function readParameter(parameters: unknown, name: string): number | null {
  if (typeof parameters !== 'string') return null
  const value = new RegExp(`^${name}\\s+(\\d+)\\s*$`, 'm').exec(parameters)?.[1]
  return value === undefined ? null : toLength(Number(value))
}

function readContextLength(info: unknown): number | null {
  if (!isObject(info)) return null
  const own = toLength(info[`${String(info['general.architecture'])}.context_length`])
  if (own !== null) return own
  const name = Object.keys(info).find((key) => key.endsWith('.context_length'))
  return name === undefined ? null : toLength(info[name])
}

function toLength(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null
}

function forgetOthers(knownFacts: Map<string, ModelFacts>, entries: readonly Entry[]): void {
  const present = new Set(entries.map(({ digest }) => digest))
  for (const digest of knownFacts.keys()) if (!present.has(digest)) knownFacts.delete(digest)
}

function toRecord(id: string, facts: ModelFacts | undefined): ModelRecord[] {
  if (facts?.canChat === false) return []
  const record: ModelRecord = { id, name: null, contextLength: facts?.contextLength ?? null }
  if (facts?.capabilities) record.capabilities = facts.capabilities
  return [record]
}
