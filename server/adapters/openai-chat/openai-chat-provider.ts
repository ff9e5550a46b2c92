import type { Provider, ProviderRequest } from '#server/ports/provider.ts'
import { requestHeaders, type AnswerRequest, type Credentials, type Wire } from '#server/upstream/wire.ts'
import { createWireProvider, type WireProviderOptions } from '#server/upstream/wire-provider.ts'
import { createChatAnswer } from './chat-answer.ts'
import { toChatRequest } from './chat-request.ts'
import { readModelList } from './model-list.ts'
import { chatEndpoint, chatVendor, type ChatVendor } from './vendors.ts'

/** A model vendor that speaks OpenAI Chat Completions: OpenAI itself, and every server at a base URL that does as it does. */
export function createOpenAiChatProvider(options: WireProviderOptions): Provider {
  return createWireProvider(options, chatWire(chatVendor(options.settings.vendor)))
}

export function chatWire(vendor: ChatVendor): Wire {
  return {
    framing: 'sse',
    createAnswer: createChatAnswer,
    toRequest: (request, credentials) => answerRequest(vendor, request, credentials),
    async listModels(ask, credentials) {
      const url = chatEndpoint(vendor, credentials.baseUrl, '/models')
      const list = await ask({ method: 'GET', url, headers: headers(credentials, 'application/json') })
      return readModelList(list, vendor)
    },
  }
}

function answerRequest(vendor: ChatVendor, request: ProviderRequest, credentials: Credentials): AnswerRequest {
  const all = headers(credentials, 'text/event-stream')
  all['content-type'] = 'application/json'
  if (vendor.requestIdHeader !== undefined) all[vendor.requestIdHeader] = request.generationId
  const url = chatEndpoint(vendor, credentials.baseUrl, '/chat/completions')
  return { method: 'POST', url, headers: all, body: JSON.stringify(toChatRequest(request, vendor)) }
}

function headers({ apiKey }: Credentials, accept: Parameters<typeof requestHeaders>[0]): Record<string, string> {
  const all = requestHeaders(accept)
  if (apiKey !== undefined && apiKey !== '') all.authorization = `Bearer ${apiKey}`
  return all
}
