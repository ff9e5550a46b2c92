import { expect } from 'vitest'

export function text(words: string): object {
  return { type: 'text-delta', text: words }
}

export function thought(words: string): object {
  return { type: 'reasoning-delta', text: words }
}

export function signed(signature: string): object {
  return { type: 'reasoning-end', providerMetadata: { anthropic: { signature } } }
}

export function hidden(redactedData: string): object {
  return { type: 'reasoning-end', providerMetadata: { anthropic: { redactedData } } }
}

export function call(toolCallId: string, name: string, args: string): object {
  return { type: 'tool-call', toolCallId, name, arguments: args }
}

export function cites(citation: object): object {
  return { type: 'citations_delta', citation }
}

export function failure(type: string, message: string): object {
  return { type: 'error', error: { type, message, details: null }, request_id: 'req_1' }
}

export function error(kind: string, message?: string): object {
  const wanted: object = message === undefined ? { kind } : { kind, message }
  return { type: 'error', error: expect.objectContaining(wanted) }
}
