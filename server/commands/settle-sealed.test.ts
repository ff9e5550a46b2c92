import { afterAll, beforeAll, expect, test } from 'vitest'
import { MessagePage } from '#protocol/api/messages.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

/** Readers were given the end, and the worker is about to settle it. */
async function justEnded() {
  const asked = await api.ask()
  const writer = await api.work(asked.generationId)
  await writer.write(1, 'whole')
  const path = `/api/v1/conversations/${asked.conversationId}/messages`
  const list = async () => MessagePage.parse((await api.request('GET', path)).body).messages
  expect((await list())[1]).toMatchObject({ generation: { status: 'running' }, answer: null })
  await writer.seal()
  return { ...asked, path, list }
}

test('who has read the end of an answer may ask on, whether or not its worker has settled it', async () => {
  const { path, messageId } = await justEnded()
  const next = await api.request('POST', path, { parts: [{ type: 'text', text: 'and?' }], parentId: messageId })
  expect(next.status).toBe(202)
  const generation = await api.backend.store.getGeneration('local', next.body.generations[0].id)
  const leafId = next.body.message.id as string
  expect(generation?.request.branch).toEqual({ leafId })
  const [, before] = await api.backend.store.branch('local', leafId)
  expect(before).toEqual({ role: 'assistant', parts: [{ type: 'text', text: 'whole' }] })
})

test('the generation and its conversation say that it has ended as soon as its end can be read', async () => {
  const first = await justEnded()
  expect((await api.request('GET', `/api/v1/generations/${first.generationId}`)).body).toMatchObject({
    status: 'completed',
    endedAt: expect.any(String),
  })
  const second = await justEnded()
  const conversation = await api.request('GET', `/api/v1/conversations/${second.conversationId}`)
  expect(conversation.body.running).toBe(0)
  const third = await justEnded()
  const page = await api.request('GET', '/api/v1/conversations')
  expect(page.body.conversations[0]).toMatchObject({ id: third.conversationId, running: 0 })
})

test('the messages hold a whole answer as soon as its end can be read', async () => {
  const { list } = await justEnded()
  expect((await list())[1]).toMatchObject({
    parts: [{ type: 'text', text: 'whole' }],
    generation: { status: 'completed' },
    answer: { status: 'completed', finishReason: 'stop' },
  })
})
