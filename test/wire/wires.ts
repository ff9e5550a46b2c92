import { anthropicWire } from '#server/adapters/anthropic/anthropic-provider.ts'
import { geminiWire } from '#server/adapters/gemini/gemini-provider.ts'
import { createOllamaWire } from '#server/adapters/ollama/ollama-provider.ts'
import { chatWire } from '#server/adapters/openai-chat/openai-chat-provider.ts'
import { chatVendor } from '#server/adapters/openai-chat/vendors.ts'
import { responsesWire } from '#server/adapters/openai-responses/responses-provider.ts'
import type { Wire } from '#server/upstream/wire.ts'
import type { WireProtocol } from './recordings.ts'

/** Every protocol that is recorded, with the adapter that reads it. */
export const WIRES: Record<WireProtocol, Wire> = {
  chat: chatWire(chatVendor('openai')),
  responses: responsesWire({ background: false }),
  anthropic: anthropicWire,
  gemini: geminiWire,
  ollama: createOllamaWire(),
}
