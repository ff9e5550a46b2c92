import { expect, test, vi } from 'vitest'
import type { ConversationView } from '#protocol/api/conversations.ts'
import { ask, followToEnd, post } from '#test/app/chat.ts'
import { startApp, type App } from '#test/app/start-app.ts'

const startWithTitles = (env = {}) => startApp({ env: { TITLE_MODEL: 'same', ALLOW_UNLISTED_MODELS: '1', ...env } })

const conversation = async ({ baseUrl }: App, id: string) =>
  (await (await fetch(`${baseUrl}/api/v1/conversations/${id}`)).json()) as ConversationView

const titled = (app: App, id: string, title: string) =>
  vi.waitFor(async () => expect((await conversation(app, id)).title).toBe(title))

const FAST = 'demo/script;tokens=3;delay=1'

test('a conversation has a plain title at once, and the model’s once its first answer is complete', async () => {
  await using app = await startWithTitles()
  const { conversationId, generationId } = await ask(app.baseUrl, 'Please explain the weather', 'demo/chat', {
    options: { maxOutputTokens: 20 },
  })
  expect(await conversation(app, conversationId)).toMatchObject({ title: 'Please explain the weather', running: 1 })
  await followToEnd(app.baseUrl, generationId)
  await titled(app, conversationId, 'How workers keep a server responsive')
  // A title is no answer: nothing is being written, and nobody has to read it.
  const { running, revision } = await conversation(app, conversationId)
  expect(running).toBe(0)
  await post(`${app.baseUrl}/api/v1/conversations/${conversationId}/messages`, {
    parts: [{ type: 'text', text: 'code' }],
    model: FAST,
  })
  await vi.waitFor(async () => {
    const later = await conversation(app, conversationId)
    expect([later.running, later.revision > revision]).toEqual([0, true])
  })
  await titled(app, conversationId, 'How workers keep a server responsive')
})

test('a title that a person gives while the model is at it stays', async () => {
  await using app = await startWithTitles()
  const { conversationId, generationId } = await ask(app.baseUrl, 'hello', FAST)
  await followToEnd(app.baseUrl, generationId)
  await fetch(`${app.baseUrl}/api/v1/conversations/${conversationId}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Mine' }),
  })
  // The title of a conversation that came later is there: the first one's is long written.
  const other = await ask(app.baseUrl, 'hello', FAST)
  await titled(app, other.conversationId, 'A greeting')
  expect((await conversation(app, conversationId)).title).toBe('Mine')
})

test('titles wait for answers where there is room for one at a time, and survive the death of every process', async () => {
  await using app = await startWithTitles({ MAX_RUNNING_PER_USER: '1' })
  const first = await ask(app.baseUrl, 'hello', FAST)
  const second = await ask(app.baseUrl, 'code', 'demo/script;tokens=30;delay=20')
  await followToEnd(app.baseUrl, first.generationId)
  const { frames } = await followToEnd(app.baseUrl, second.generationId, ({ event }) => {
    if (event.type === 'text-delta' && event.text.includes('t9 ')) process.kill(app.workerPids()[0]!, 'SIGKILL')
  })
  expect(frames.at(-1)?.event).toMatchObject({ type: 'end', status: 'completed' })
  await titled(app, first.conversationId, 'A greeting')
  await titled(app, second.conversationId, 'Following an answer in code')
})

test('where no model is to write titles the first words of the question stay', async () => {
  await using app = await startWithTitles({ TITLE_MODEL: 'none' })
  const { conversationId, generationId } = await ask(app.baseUrl, 'hello', FAST)
  await followToEnd(app.baseUrl, generationId)
  // The log's end comes first, the row follows: until then the answer itself would be among what is stopped.
  await vi.waitFor(async () => expect((await conversation(app, conversationId)).running).toBe(0))
  const asked = await post<object>(`${app.baseUrl}/api/v1/generations/cancel-all`, {})
  expect(asked).toEqual({ receipts: {} })
  expect((await conversation(app, conversationId)).title).toBe('hello')
})
