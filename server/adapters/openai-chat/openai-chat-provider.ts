import { ProviderFailure, type Provider, type ProviderRequest } from '#server/ports/provider.ts'
import { requestHeaders, type AnswerRequest, type AskJson, type Credentials, type Wire } from '#server/upstream/wire.ts'
import { createWireProvider, type WireProviderOptions } from '#server/upstream/wire-provider.ts'
import { createChatAnswer } from './chat-answer.ts'
import { toChatRequest } from './chat-request.ts'
import { readModelList } from './model-list.ts'
import { chatEndpoint, deploymentOf } from './chat-endpoint.ts'
import { chatVendor, type ChatVendor } from './vendors.ts'

/** A model vendor that speaks OpenAI Chat Completions: OpenAI itself, and every server at a base URL that does as it does. */
export function createOpenAiChatProvider(options: WireProviderOptions): Provider {
  return createWireProvider(options, chatWire(chatVendor(options.settings.vendor)))
}

export function chatWire(vendor: ChatVendor): Wire {
  return {
    framing: 'sse',
    createAnswer: createChatAnswer,
    toRequest: (request, credentials) => answerRequest(vendor, request, credentials),
    listModels: (ask, credentials) => listModels(vendor, ask, credentials),
  }
}

function answerRequest(vendor: ChatVendor, request: ProviderRequest, credentials: Credentials): AnswerRequest {
  const all = headers(vendor, credentials, 'text/event-stream')
  all['content-type'] = 'application/json'
  if (vendor.requestIdHeader !== undefined) all[vendor.requestIdHeader] = request.generationId
  const url = chatEndpoint(vendor, credentials.baseUrl, '/chat/completions', request.model)
  const { body, leftOut } = toChatRequest(request, vendor)
  return { method: 'POST', url, headers: all, body: JSON.stringify(body), leftOut }
}

async function listModels(vendor: ChatVendor, ask: AskJson, credentials: Credentials) {
  const get = (url: URL) => ask({ method: 'GET', url, headers: headers(vendor, credentials, 'application/json') })
  const models = readModelList(await askForList(vendor, get, credentials), vendor)
  const deployment = deploymentOf(vendor, credentials.baseUrl)
  if (deployment === undefined) return models
  return [models?.find(({ id }) => id === deployment) ?? { id: deployment, name: null, contextLength: null }]
}

/** The fuller list where there is one; older servers have the plain one alone. */
async function askForList(vendor: ChatVendor, get: (url: URL) => Promise<unknown>, { baseUrl }: Credentials) {
  const plain = () => get(chatEndpoint(vendor, baseUrl, '/models'))
  if (vendor.richListPath === undefined) return plain()
  try {
    const list = await get(new URL(vendor.richListPath, baseUrl))
    return readModelList(list, vendor) === undefined ? plain() : list
  } catch (error) {
    if (error instanceof ProviderFailure && error.error.status !== undefined) return plain()
    throw error
  }
}

function headers(
  { keyHeader }: ChatVendor,
  { apiKey }: Credentials,
  accept: Parameters<typeof requestHeaders>[0],
): Record<string, string> {
  const all = requestHeaders(accept)
  if (apiKey === undefined || apiKey === '') return all
  if (keyHeader === undefined) all.authorization = `Bearer ${apiKey}`
  else all[keyHeader] = apiKey
  return all
}
