import type { Provider } from '#server/ports/provider.ts'
import { createWireProvider, type WireProviderOptions } from '#server/upstream/wire-provider.ts'
import { endpoint, requestHeaders, type AnswerRequest, type Credentials, type Wire } from '#server/upstream/wire.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { createGeminiAnswer } from './gemini-answer.ts'
import { toGeminiRequest } from './gemini-request.ts'
import { listGeminiModels } from './model-list.ts'

/** Google's Gemini API, and what speaks as it does (https://ai.google.dev/api/generate-content). */
export function createGeminiProvider(options: WireProviderOptions): Provider {
  return createWireProvider(options, geminiWire)
}

export const geminiWire: Wire = {
  framing: 'sse',
  createAnswer: createGeminiAnswer,
  toRequest: answerRequest,
  listModels: (ask, credentials) =>
    listGeminiModels((pageToken) => {
      const url = endpoint(credentials.baseUrl, '/models')
      url.searchParams.set('pageSize', '1000')
      if (pageToken !== undefined) url.searchParams.set('pageToken', pageToken)
      return ask({ method: 'GET', url, headers: headers(credentials, 'application/json') })
    }),
}

function answerRequest(request: ProviderRequest, credentials: Credentials): AnswerRequest {
  const url = endpoint(credentials.baseUrl, `/${modelPath(request.model)}:streamGenerateContent`)
  // Without it the answer comes as one JSON list.
  url.searchParams.set('alt', 'sse')
  const { body, leftOut } = toGeminiRequest(request)
  const all = { ...headers(credentials, 'text/event-stream'), 'content-type': 'application/json' }
  return { method: 'POST', url, headers: all, body: JSON.stringify(body), leftOut }
}

/** A resource name, `models/x` or `tunedModels/x`, or the bare name of a model, with any characters. */
function modelPath(model: string): string {
  const [, collection = 'models', name = model] = /^(models|tunedModels)\/(.+)$/s.exec(model) ?? []
  return `${collection}/${encodeURIComponent(name)}`
}

/** The key goes into a header alone: addresses end up in logs. */
function headers({ apiKey }: Credentials, accept: Parameters<typeof requestHeaders>[0]): Record<string, string> {
  const all = requestHeaders(accept)
  if (apiKey !== undefined && apiKey !== '') all['x-goog-api-key'] = apiKey
  return all
}
