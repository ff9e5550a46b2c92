import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { FileView } from '#protocol/api/files.ts'
import type { Sent } from '#protocol/api/messages.ts'
import type { ModelList } from '#protocol/api/models.ts'
import { followToEnd, post, ask } from '#test/app/chat.ts'
import { startApp, type App } from '#test/app/start-app.ts'
import { CHAT_END, chatEvent, startScriptedUpstream, type ScriptedUpstream } from '#test/upstream/scripted-upstream.ts'

interface ChatBody {
  model: string
  messages: { role: string; content?: unknown; tool_calls?: unknown; tool_call_id?: string }[]
  tools?: unknown
}

const MODELS = { data: ['seeing', 'blind'].map((id) => ({ id, object: 'model' })) }
const USAGE = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 1_000, completion_tokens: 500 } })}\n\n`
const CALL = { index: 0, id: 'call-1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }

let folder: string
let upstream: ScriptedUpstream
let app: App

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-models-'))
  writeFileSync(
    join(folder, 'models.json'),
    JSON.stringify({
      'openai/seeing': { price: { input: 1, output: 2 } },
      'openai/blind': { capabilities: { images: false } },
    }),
  )
  upstream = await startScriptedUpstream(({ path, body }, response) => {
    if (path.endsWith('/models')) return response.end(JSON.stringify(MODELS))
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const { tools, messages } = JSON.parse(body) as ChatBody
    const calls = tools !== undefined && messages.at(-1)?.role === 'user'
    if (!calls) return response.end(chatEvent({ content: 'It is so.' }) + USAGE + CHAT_END)
    response.end(
      chatEvent({ tool_calls: [CALL] }) + chatEvent({}, { finish_reason: 'tool_calls' }) + 'data: [DONE]\n\n',
    )
  })
  app = await startApp({
    env: {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: `${upstream.url}/v1`,
      MODELS_FILE: join(folder, 'models.json'),
      TITLE_MODEL: 'same',
    },
  })
  // Both models are known from here on.
  await vi.waitFor(async () => {
    if ((await models()).models.every(({ id }) => id !== 'openai/blind')) throw new Error('not listed yet')
  })
})

afterAll(async () => {
  await app?.stop()
  await upstream?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const models = async () => (await (await fetch(`${app.baseUrl}/api/v1/models`)).json()) as ModelList

async function sendImage(): Promise<{ fileId: string; bytes: Buffer }> {
  const bytes = Buffer.concat([Buffer.from('\x89PNG\r\n\x1A\n', 'latin1'), randomBytes(10_000)])
  const response = await fetch(`${app.baseUrl}/api/v1/files?name=a.png`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: bytes,
  })
  return { fileId: ((await response.json()) as FileView).id, bytes }
}

const chats = () =>
  upstream.requests
    .filter(({ path }) => path.endsWith('/chat/completions'))
    .map(({ body }) => JSON.parse(body) as ChatBody)

test('an image arrives at the vendor as the bytes that were sent, and a title is written without it', async () => {
  const { fileId, bytes } = await sendImage()
  const asked = await ask(app.baseUrl, '', 'openai/seeing', {
    parts: [
      { type: 'text', text: 'What is this?' },
      { type: 'image', fileId },
    ],
  })
  const { answer } = await followToEnd(app.baseUrl, asked.generationId)
  expect(answer).toMatchObject({ status: 'completed', parts: [{ type: 'text', text: 'It is so.' }] })
  const [{ messages }] = chats() as [ChatBody]
  expect(messages.at(-1)).toEqual({
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${bytes.toString('base64')}` } },
    ],
  })
  await vi.waitFor(() => expect(chats()).toHaveLength(2))
  expect(JSON.stringify(chats()[1])).not.toContain('image')
})

test('an answer says what it cost where there is a price, and nothing where there is none', async () => {
  const usage = async (model: string) => {
    const asked = await ask(app.baseUrl, 'Hello?', model)
    return (await followToEnd(app.baseUrl, asked.generationId)).answer.metrics.usage
  }
  // 1,000 × $1 + 500 × $2, a million each.
  expect(await usage('openai/seeing')).toEqual({ inputTokens: 1_000, outputTokens: 500, costUsd: 0.002 })
  expect(await usage('openai/blind')).toEqual({ inputTokens: 1_000, outputTokens: 500 })
})

test('a model that cannot see is not asked about an image, and the answer says so', async () => {
  const { fileId } = await sendImage()
  const asked = await ask(app.baseUrl, '', 'openai/blind', { parts: [{ type: 'image', fileId }] })
  const { answer } = await followToEnd(app.baseUrl, asked.generationId)
  expect(answer).toMatchObject({
    status: 'failed',
    error: {
      kind: 'bad-request',
      message: 'The model blind cannot see images, and this conversation contains one. Choose a model that can.',
      retryable: false,
    },
  })
  const toIt = chats().filter(({ model }) => model === 'blind')
  expect(JSON.stringify(toIt)).not.toContain('image')
})

test('a tool round trip: the vendor gets its own call back, and the result beside it', async () => {
  const options = {
    tools: [{ name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } }],
  }
  const asked = await ask(app.baseUrl, 'How is it in Bern?', 'openai/seeing', { options })
  const { answer } = await followToEnd(app.baseUrl, asked.generationId)
  expect(answer.parts).toMatchObject([{ type: 'tool-call', toolCallId: 'call-1', name: 'weather' }])
  const sent = await post<Sent>(`${app.baseUrl}/api/v1/conversations/${asked.conversationId}/messages`, {
    parts: [{ type: 'tool-result', toolCallId: 'call-1', content: '12 degrees' }],
    model: 'openai/seeing',
    options,
  })
  const second = await followToEnd(app.baseUrl, sent.generations[0]!.id)
  expect(second.answer).toMatchObject({ status: 'completed', parts: [{ type: 'text', text: 'It is so.' }] })
  const round = chats().find(({ messages }) => messages.at(-1)?.role === 'tool')
  expect(round?.messages).toMatchObject([
    { role: 'user', content: 'How is it in Bern?' },
    {
      role: 'assistant',
      tool_calls: [{ id: 'call-1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }],
    },
    { role: 'tool', tool_call_id: 'call-1', content: '12 degrees' },
  ])
})

test('the list says what the operator knows of a model, and which vendors have no key', async () => {
  const list = await models()
  expect(list.models.find(({ id }) => id === 'openai/seeing')).toMatchObject({ price: { input: 1, output: 2 } })
  expect(list.models.find(({ id }) => id === 'openai/blind')).toMatchObject({
    capabilities: { images: false },
    price: null,
  })
  const anthropic = list.providers.find(({ id }) => id === 'anthropic')
  expect(anthropic).toMatchObject({ status: 'no-key' })
  expect(anthropic?.error).toMatch(/ANTHROPIC_API_KEY/)
  const asked = ask(app.baseUrl, 'Hello?', 'mistral/mistral-large')
  await expect(asked).rejects.toThrow(/422 .*no-provider-key.*MISTRAL_API_KEY/)
})
