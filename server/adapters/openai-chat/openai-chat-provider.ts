import type { GenerationError } from '#protocol/provider-error.ts'
import { ProviderFailure, type Provider, type ProviderRequest } from '#server/ports/provider.ts'
import type { ModelRecord } from '#server/ports/store.ts'
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
  const { baseUrl } = credentials
  const { richListPath, unlistedModels } = vendor
  const get = async (url: URL) =>
    readModelList(await ask({ method: 'GET', url, headers: headers(vendor, credentials, 'application/json') }), vendor)
  const plain = () => get(chatEndpoint(vendor, baseUrl, '/models'))
  const rich = richListPath && (await unlessMissing(() => get(new URL(richListPath, baseUrl))))
  if (rich) return rich
  if (unlistedModels) return (await unlessMissing(plain)) ?? unlistedModels.map(unknownModel)
  const models = await plain()
  const deployment = deploymentOf(vendor, baseUrl)
  if (deployment === undefined) return models
  return [models?.find(({ id }) => id === deployment) ?? unknownModel(deployment)]
}

/** The list, where there is one at this address; older servers have the plain one alone, and one vendor none. */
async function unlessMissing(list: () => Promise<ModelRecord[] | undefined>): Promise<ModelRecord[] | undefined> {
  try {
    return await list()
  } catch (error) {
    if (error instanceof ProviderFailure && isMissing(error.error)) return undefined
    throw error
  }
}

/** LM Studio says under status 200 that there is no such page. */
function isMissing({ kind, status = 404 }: GenerationError): boolean {
  return status < 500 && MISSING_KINDS.includes(kind)
}

const MISSING_KINDS: readonly GenerationError['kind'][] = ['bad-request', 'bad-response', 'model-not-found', 'server']

function unknownModel(id: string): ModelRecord {
  return { id, name: null, contextLength: null }
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
