import type { Provider, ProviderRequest } from '#server/ports/provider.ts'
import { createWireProvider, type WireProviderOptions } from '#server/upstream/wire-provider.ts'
import { endpoint, requestHeaders, type AnswerRequest, type Credentials, type Wire } from '#server/upstream/wire.ts'
import { listOllamaModels, type ModelFacts } from './model-list.ts'
import { createOllamaAnswer } from './ollama-answer.ts'
import { toOllamaRequest } from './ollama-request.ts'

/** Ollama's own interface (https://docs.ollama.com/api), on this machine, elsewhere or in its cloud. */
export function createOllamaProvider(options: WireProviderOptions): Provider {
  return createWireProvider(options, createOllamaWire())
}

/** One for each instance: it remembers what the models of its server can do. */
export function createOllamaWire(): Wire {
  const knownFacts = new Map<string, ModelFacts>()
  return {
    framing: 'ndjson',
    createAnswer: createOllamaAnswer,
    toRequest: answerRequest,
    listModels: (ask, credentials) =>
      listOllamaModels(
        {
          tags: () => ask({ method: 'GET', url: address(credentials, '/api/tags'), headers: headers(credentials) }),
          show: (model) => ask(post(credentials, '/api/show', { model })),
        },
        knownFacts,
      ),
  }
}

function answerRequest(request: ProviderRequest, credentials: Credentials): AnswerRequest {
  const { body, leftOut } = toOllamaRequest(request)
  return { ...post(credentials, '/api/chat', body), leftOut }
}

function post(credentials: Credentials, path: string, body: Record<string, unknown>) {
  const all = { ...headers(credentials), 'content-type': 'application/json' }
  return { method: 'POST' as const, url: address(credentials, path), headers: all, body: JSON.stringify(body) }
}

/** The documentation writes the base URL both bare and with `/api`. */
function address({ baseUrl }: Credentials, path: string): URL {
  const url = endpoint(baseUrl, path)
  url.pathname = url.pathname.replace(/\/api\/api\//, '/api/')
  return url
}

/** A server of one's own wants no key; Ollama's cloud does. */
function headers({ apiKey }: Credentials): Record<string, string> {
  const all = requestHeaders('application/json')
  if (apiKey !== undefined && apiKey !== '') all.authorization = `Bearer ${apiKey}`
  return all
}
