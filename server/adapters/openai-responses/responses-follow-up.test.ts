import { expect, test } from 'vitest'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { collect, expectError, REQUEST, textOf } from '#test/upstream/scripted-provider.ts'
import { startScriptedUpstream, type ReceivedRequest } from '#test/upstream/scripted-upstream.ts'
import { createResponsesProvider } from './responses-provider.ts'

const THOUGHT: ProviderRequest = {
  ...REQUEST,
  model: 'gpt-5',
  messages: [
    {
      role: 'assistant',
      parts: [
        {
          type: 'reasoning',
          text: 'Hm.',
          providerMetadata: { 'openai-responses': { id: 'rs_1', encryptedContent: 'old' } },
        },
        { type: 'text', text: 'Yes.' },
      ],
    },
    { role: 'user', parts: [{ type: 'text', text: 'Why?' }] },
  ],
}

const DONE = { type: 'response.completed', response: { status: 'completed', output: [] } }
const SAY = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'So.' }

interface SentBody {
  input: { type: string }[]
  reasoning: { summary?: string }
}

/** Asks a vendor that refuses what the test says. */
async function askOne(refuse: (body: SentBody) => object | undefined, request = THOUGHT) {
  await using upstream = await startScriptedUpstream(({ body }: ReceivedRequest, response) => {
    const error = refuse(JSON.parse(body))
    if (error) return response.writeHead(400).end(JSON.stringify({ error }))
    return response.end([SAY, DONE].map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
  })
  const provider = createResponsesProvider({
    settings: {
      id: 'openai-responses',
      name: 'OpenAI',
      kind: 'openai-responses',
      vendor: 'openai-responses',
      baseUrl: upstream.url,
      apiKey: 'sk-to-follow',
      local: false,
      configured: true,
    },
    limits: { connectTimeoutMs: 5_000, firstByteTimeoutMs: 5_000, idleTimeoutMs: 5_000, maxResponseBytes: 1_000_000 },
  })
  const events = await collect(provider, request)
  return { events, bodies: upstream.requests.map(({ body }) => JSON.parse(body)) }
}

const UNREADABLE = { message: 'The encrypted content old could not be verified.', code: 'invalid_encrypted_content' }
const UNVERIFIED = {
  message: 'Your organization must be verified to generate reasoning summaries.',
  code: 'unsupported_value',
}

test.each([
  ['says by its code', { message: 'This cannot be used.', code: 'invalid_encrypted_content' }],
  ['says in words alone', { message: 'The encrypted content old could not be verified.', code: null }],
])('thoughts that the vendor cannot read, which it %s, are left behind, and the answer comes', async (_how, error) => {
  const { events, bodies } = await askOne(({ input }) => (input[0]?.type === 'reasoning' ? error : undefined))
  expect(textOf(events)).toBe('So.')
  expect(bodies.map(({ input }) => input.length)).toEqual([3, 2])
})

test('summaries that the vendor does not show are not asked for again', async () => {
  const request = { ...THOUGHT, parameters: { reasoningEffort: 'low' as const } }
  const { events, bodies } = await askOne(({ reasoning }) => (reasoning.summary ? UNVERIFIED : undefined), request)
  expect(textOf(events)).toBe('So.')
  expect(bodies.map(({ reasoning }) => reasoning)).toEqual([{ effort: 'low', summary: 'auto' }, { effort: 'low' }])
})

test('both at once are met one after the other', async () => {
  const { events, bodies } = await askOne(({ input, reasoning }) =>
    input[0]?.type === 'reasoning' ? UNREADABLE : reasoning.summary ? UNVERIFIED : undefined,
  )
  expect(textOf(events)).toBe('So.')
  expect(bodies).toHaveLength(3)
})

test('what is refused all the same is asked no third time', async () => {
  const { events, bodies } = await askOne(() => UNREADABLE)
  expectError(events, { kind: 'bad-request', providerCode: 'invalid_encrypted_content' })
  expect(bodies).toHaveLength(2)
})

test('other refusals are told at once', async () => {
  const { events, bodies } = await askOne(() => ({ message: 'No such thing.', code: 'invalid_value' }))
  expectError(events, { kind: 'bad-request', message: 'No such thing.' })
  expect(bodies).toHaveLength(1)
})

test('what was left out is said once, with the answer', async () => {
  const request = { ...THOUGHT, parameters: { seed: 7, stop: ['x'] } }
  const { events } = await askOne(({ input }) => (input[0]?.type === 'reasoning' ? UNREADABLE : undefined), request)
  expect(events.filter(({ type }) => type === 'left-out')).toEqual([{ type: 'left-out', parameters: ['stop', 'seed'] }])
})
