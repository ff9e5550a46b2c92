import { chatWire } from '#server/adapters/openai-chat/openai-chat-provider.ts'
import { chatVendor } from '#server/adapters/openai-chat/vendors.ts'
import type { Wire } from '#server/upstream/wire.ts'
import type { WireProtocol } from './recordings.ts'

/** Every protocol that is recorded, with the adapter that reads it. */
export const WIRES: Partial<Record<WireProtocol, Wire>> = {
  chat: chatWire(chatVendor('openai')),
}
