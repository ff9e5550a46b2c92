import { expect } from 'vitest'

/** The id of the generation that the cases are decoded for, and its key: as `decodeBody` has them. */
export const GENERATION = '0199a000-0000-7000-8000-000000000000'
export const KEY = 'sk-our-own-secret-key'

/** A body and what it means. */
export interface DecoderCase {
  title: string
  body: string
  events: object[]
}

export const CALL = {
  functionCall: { name: 'add', args: { a: 1, b: [2, { c: null }] }, id: 'x1' },
  thoughtSignature: 'SIG',
}
export const STOP = finish('stop', 'STOP')

export function sse(...chunks: object[]): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')
}

export function say(words: string, finishReason?: string): object {
  return candidate({ content: { role: 'model', parts: [{ text: words }] }, ...(finishReason ? { finishReason } : {}) })
}

export function parts(...all: object[]): object {
  return candidate({ content: { role: 'model', parts: all } })
}

export function stop(finishReason = 'STOP'): object {
  return candidate({ content: { role: 'model', parts: [{ text: '' }] }, finishReason })
}

export function candidate(fields: object): object {
  return { candidates: [{ ...fields, index: 0 }], modelVersion: 'some-model' }
}

export function stream(lineEnd: string): string {
  return sse(say('Grüße, 世'), say('界 👩‍🚀'), stop()).replaceAll('\n', lineEnd)
}

export function whole(): object[] {
  return [text('Grüße, 世界 👩‍🚀'), STOP]
}

export function text(words: string): object {
  return { type: 'text-delta', text: words }
}

export function signature(thoughtSignature: string): object {
  return { type: 'part-metadata', providerMetadata: { gemini: { thoughtSignature } } }
}

export function source(url: string, title?: string): object {
  return title === undefined ? { type: 'source', url } : { type: 'source', url, title }
}

export function finish(reason: string, rawReason: string): object {
  return { type: 'finish', reason, rawReason }
}

export function error(kind: string, words: string): object {
  return { type: 'error', error: expect.objectContaining({ kind, message: expect.stringContaining(words) }) }
}
