import type { Provider } from '#server/ports/provider.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import { endpoint, requestHeaders, type AskJson, type Credentials, type Wire } from '#server/upstream/wire.ts'
import { createWireProvider, type WireProviderOptions } from '#server/upstream/wire-provider.ts'
import { createAnthropicAnswer } from './anthropic-answer.ts'
import { toAnthropicRequest } from './anthropic-request.ts'
import { readModelPage } from './model-list.ts'

const VERSION = '2023-06-01'
const MODELS_PER_PAGE = 1_000
const MAX_PAGES = 10

/** Anthropic, or a server at another base URL that speaks the Messages API. */
export function createAnthropicProvider(options: WireProviderOptions): Provider {
  return createWireProvider(options, anthropicWire)
}

export const anthropicWire: Wire = {
  framing: 'sse',
  createAnswer: createAnthropicAnswer,
  toRequest(request, credentials) {
    const { body, betas, leftOut } = toAnthropicRequest(request)
    const all = headers(credentials, 'text/event-stream')
    all['content-type'] = 'application/json'
    if (betas.length > 0) all['anthropic-beta'] = betas.join(',')
    const url = endpoint(credentials.baseUrl, '/messages')
    return { method: 'POST', url, headers: all, body: JSON.stringify(body), leftOut }
  },
  listModels,
}

async function listModels(ask: AskJson, credentials: Credentials): Promise<ModelRecord[] | undefined> {
  const models = new Map<string, ModelRecord>()
  let after: string | undefined
  for (let number = 0; number < MAX_PAGES; number++) {
    const url = endpoint(credentials.baseUrl, '/models')
    url.searchParams.set('limit', String(MODELS_PER_PAGE))
    if (after !== undefined) url.searchParams.set('after_id', after)
    const page = readModelPage(await ask({ method: 'GET', url, headers: headers(credentials, 'application/json') }))
    if (!page) return undefined
    for (const model of page.models) if (!models.has(model.id)) models.set(model.id, model)
    after = page.after
    if (after === undefined) break
  }
  return [...models.values()]
}

function headers({ apiKey }: Credentials, accept: Parameters<typeof requestHeaders>[0]): Record<string, string> {
  const all = requestHeaders(accept)
  all['anthropic-version'] = VERSION
  if (apiKey !== undefined && apiKey !== '') all['x-api-key'] = apiKey
  return all
}
