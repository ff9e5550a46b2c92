import { expect, test } from 'vitest'
import type { BranchMessage, GenerationParameters } from '#server/domain/generation.ts'
import { toChatRequest } from './chat-request.ts'
import { chatVendor } from './vendors.ts'

function convert(messages: BranchMessage[], parameters: GenerationParameters = {}, vendor = 'openai') {
  const request = { model: 'm', systemPrompt: 'Be kind.', messages, parameters, generationId: 'g' }
  return toChatRequest(request, chatVendor(vendor))
}

function message(role: BranchMessage['role'], ...texts: string[]): BranchMessage {
  return { role, parts: texts.map((text) => ({ type: 'text', text })) }
}

test('a branch becomes the system prompt and the messages in order', () => {
  const branch = [message('user', 'One'), message('assistant', 'Two', ' more'), message('user', 'Three')]
  expect(convert(branch)).toEqual({
    model: 'm',
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Two more' },
      { role: 'user', content: 'Three' },
    ],
  })
})

test('an answer that wrote nothing is left out, so that roles alternate', () => {
  const branch = [message('user', 'One'), message('assistant'), message('user', 'Two')]
  expect(convert(branch).messages).toEqual([
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'One\n\nTwo' },
  ])
})

test('of an earlier answer its words and its refusal are sent, not its thoughts and sources', () => {
  const answer: BranchMessage = {
    role: 'assistant',
    parts: [
      { type: 'reasoning', text: 'secret' },
      { type: 'text', text: 'Said.' },
      { type: 'source', url: 'https://a.example' },
      { type: 'refusal', text: 'Not that.' },
    ],
  }
  expect(convert([answer]).messages).toContainEqual({ role: 'assistant', content: 'Said.Not that.' })
})

test('only parameters that were set are sent, under the names of the vendor', () => {
  const parameters = { temperature: 0, topP: 0.5, maxOutputTokens: 9, stop: ['.'], seed: 7 }
  expect(convert([], parameters)).toMatchObject({
    temperature: 0,
    top_p: 0.5,
    max_completion_tokens: 9,
    stop: ['.'],
    seed: 7,
  })
  const mistral = convert([], parameters, 'mistral')
  expect(mistral).toMatchObject({ max_tokens: 9, random_seed: 7 })
  expect(mistral).not.toHaveProperty('stream_options')
  expect(mistral).not.toHaveProperty('seed')
  expect(Object.keys(convert([]))).toEqual(['model', 'messages', 'stream', 'stream_options'])
})

test('the wish to think is sent where the vendor has a switch for it', () => {
  expect(convert([], { thinking: false }, 'vllm')).toMatchObject({ chat_template_kwargs: { enable_thinking: false } })
  expect(convert([], { thinking: true }, 'openrouter')).toMatchObject({ reasoning: { enabled: true } })
  expect(Object.keys(convert([], { thinking: true }, 'openai'))).toEqual(Object.keys(convert([])))
})

test('an attachment is refused by name', () => {
  const parts = [{ type: 'file' as const, fileId: 'f', mediaType: 'text/plain', name: 'notes.txt' }]
  expect(() => convert([{ role: 'user', parts }])).toThrow('notes.txt')
})
