import { createHash } from 'node:crypto'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { toChatMessages, type ChatMessage } from './chat-messages.ts'
import { toChatParameters } from './chat-parameters.ts'
import { rulesFor } from './chat-rules.ts'
import type { ChatVendor } from './vendors.ts'

export interface ChatRequest {
  body: Record<string, unknown>
  /** What was asked for and is not in the body; names as in our API. */
  leftOut: string[]
}

/** The body of `POST /chat/completions` for one answer. Throws a `ProviderFailure` for an attachment that cannot be sent. */
export function toChatRequest(request: ProviderRequest, vendor: Pick<ChatVendor, 'rules' | 'models'>): ChatRequest {
  const { model, parameters, known } = request
  const rules = rulesFor(vendor, model)
  const { fields, leftOut } = toChatParameters(parameters, rules, known?.capabilities)
  const messages = toChatMessages(request, rules)
  const body = {
    model,
    messages,
    stream: true,
    ...(rules.asksForUsage ? { stream_options: { include_usage: true } } : {}),
    ...rules.always,
    ...fields,
    ...(parameters.cachePrompt ? rules.cachePrompt?.(conversationKey(model, messages)) : {}),
  }
  return { body, leftOut }
}

/** The same for all turns of a conversation, because they begin alike; says nothing of what is in it. */
function conversationKey(model: string, messages: readonly ChatMessage[]): string {
  const questionAt = messages.findIndex(({ role }) => role === 'user')
  const beginning = JSON.stringify([model, messages.slice(0, questionAt + 1)])
  return createHash('sha256').update(beginning).digest('base64url').slice(0, 32)
}
