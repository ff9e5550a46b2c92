import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConversationPage, ConversationSchema } from '#protocol/api/conversations.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const create = async (title?: string) =>
  ConversationSchema.parse((await api.request('POST', '/api/v1/conversations', { title })).body)

describe('conversations', () => {
  test('are created with a title or without, also when no body is sent at all', async () => {
    const titled = await api.request('POST', '/api/v1/conversations', { title: '  Plans ' })
    expect(titled.status).toBe(201)
    expect(ConversationSchema.parse(titled.body)).toMatchObject({ title: 'Plans', activeLeafId: null, running: 0 })
    const untitled = await api.request('POST', '/api/v1/conversations')
    expect(untitled.body.title).toBeNull()
    const empty = await api.request('POST', '/api/v1/conversations', '', { 'content-type': 'application/json' })
    expect(empty.status).toBe(201)
  })

  test('are listed page by page, the most recently active first, none missing and none twice', async () => {
    const made: string[] = []
    for (let count = 0; count < 7; count++) made.push((await create()).id)
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const query: string = next === '' ? '' : `&before=${encodeURIComponent(next)}`
      const page = ConversationPage.parse((await api.request('GET', `/api/v1/conversations?limit=3${query}`)).body)
      seen.push(...page.conversations.map(({ id }) => id))
      next = page.next
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.filter((id) => made.includes(id))).toEqual(made.toReversed())
  })

  test('are read, renamed, and told how many answers are being written', async () => {
    const { conversationId, messageId, generationId, message } = await api.ask()
    const path = `/api/v1/conversations/${conversationId}`
    expect((await api.request('GET', path)).body).toMatchObject({ running: 1, activeLeafId: messageId })
    await (await api.work(generationId)).end()
    expect((await api.request('PATCH', path, { title: 'New' })).body).toMatchObject({ title: 'New', running: 0 })
    expect((await api.request('PATCH', path, { activeLeafId: message.id })).body.activeLeafId).toBe(message.id)
  })

  test('refuse a leaf of another conversation, a blank title and a page that was never given', async () => {
    const { id } = await create()
    const other = await api.ask()
    const path = `/api/v1/conversations/${id}`
    const leaf = await api.request('PATCH', path, { activeLeafId: other.messageId })
    expect([leaf.status, leaf.body.code]).toEqual([404, 'unknown-message'])
    const title = await api.request('PATCH', path, { title: '  ' })
    expect([title.status, title.body.parameters.field]).toEqual([422, 'body.title'])
    const page = await api.request('GET', '/api/v1/conversations?before=yesterday')
    expect([page.status, page.body.parameters.field]).toEqual([422, 'query.before'])
  })

  test('are gone once deleted, however often, and come back when that is undone', async () => {
    const { id } = await create('Kept')
    const path = `/api/v1/conversations/${id}`
    expect((await api.request('DELETE', path)).status).toBe(204)
    expect((await api.request('DELETE', path)).status).toBe(204)
    const gone = await api.request('GET', path)
    expect([gone.status, gone.body.code]).toEqual([404, 'unknown-conversation'])
    expect((await api.request('PATCH', path, { title: 'x' })).status).toBe(404)
    expect((await api.request('PATCH', path, { deleted: false })).body).toMatchObject({ id, title: 'Kept' })
    expect((await api.request('GET', path)).status).toBe(200)
  })

  test('are 404 when they never were', async () => {
    for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', { title: 'x' }]] as const) {
      const reply = await api.request(method, '/api/v1/conversations/none', body)
      expect([reply.status, reply.body.code]).toEqual([404, 'unknown-conversation'])
    }
  })
})
