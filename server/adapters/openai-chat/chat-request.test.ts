import { expect, test } from 'vitest'
import type { BranchMessage, GenerationParameters } from '#server/domain/generation.ts'
import { toChatRequest } from './chat-request.ts'
import { chatVendor } from './vendors.ts'

function convert(messages: BranchMessage[], parameters: GenerationParameters = {}, vendor = 'openai', model = 'm') {
  const request = { model, systemPrompt: 'Be kind.', messages, parameters, generationId: 'g' }
  return toChatRequest(request, chatVendor(vendor))
}

function user(text: string): BranchMessage {
  return { role: 'user', parts: [{ type: 'text', text }] }
}

test('the body holds the model, the messages and the wish for a stream with usage', () => {
  expect(convert([user('One')])).toEqual({
    body: {
      model: 'm',
      stream: true,
      stream_options: { include_usage: true },
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'One' },
      ],
    },
    leftOut: [],
  })
})

test('usage is not asked for where that is refused', () => {
  expect(convert([], {}, 'mistral').body).not.toHaveProperty('stream_options')
})

test('what a vendor wants in every request, and in every one with tools, is in it', () => {
  expect(convert([], {}, 'groq', 'qwen/qwen3-32b').body).toMatchObject({ reasoning_format: 'parsed' })
  expect(convert([], {}, 'groq', 'llama-3.1-8b-instant').body).not.toHaveProperty('reasoning_format')
  const tools = [{ name: 'f', parameters: {} }]
  expect(convert([], { tools }, 'zai').body).toMatchObject({ tool_stream: true })
  expect(convert([], {}, 'zai').body).not.toHaveProperty('tool_stream')
})

test('the key of a kept prompt is the same for all turns of one conversation alone', () => {
  const keyOf = (...texts: string[]) => convert(texts.map(user), { cachePrompt: true }).body.prompt_cache_key
  const later = convert([user('One'), { role: 'assistant', parts: [{ type: 'text', text: 'Two' }] }, user('Three')], {
    cachePrompt: true,
  })
  expect(keyOf('One')).toMatch(/^[\w-]{32}$/)
  expect(later.body.prompt_cache_key).toBe(keyOf('One'))
  expect(keyOf('Another')).not.toBe(keyOf('One'))
  expect(convert([user('One')]).body).not.toHaveProperty('prompt_cache_key')
})

test('a kept prompt is asked for in the terms of the vendor, and not where it comes unasked', () => {
  const anthropic = convert([user('One')], { cachePrompt: true }, 'openrouter', 'anthropic/claude-sonnet-4.5')
  expect(anthropic.body).toMatchObject({ cache_control: { type: 'ephemeral' } })
  const deepseek = convert([user('One')], { cachePrompt: true }, 'deepseek')
  expect(deepseek).toEqual(convert([user('One')], {}, 'deepseek'))
})
