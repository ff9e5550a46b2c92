import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApi, type Api } from '#test/app/start-api.ts'

const body = { parts: [{ type: 'text', text: 'hello' }], model: 'passing/model' }

let api: Api

beforeAll(async () => {
  api = await startApi({ providers: [{ id: 'passing', name: 'Passing', local: false }] })
})
afterAll(() => api.close())
beforeEach(() => offer('model'))

async function offer(...ids: string[]): Promise<void> {
  const models = ids.map((id) => ({ id, name: null, contextLength: null }))
  await api.backend.store.saveCatalogue('passing', { models, status: 'up', error: null, checkedAt: 1 })
}

test('a send is repeated under its key also when its model is no longer there', async () => {
  const { id } = (await api.request('POST', '/api/v1/conversations')).body as { id: string }
  const key = { 'idempotency-key': 'send' }
  const send = (change: object, headers = {}) =>
    api.request('POST', `/api/v1/conversations/${id}/messages`, { ...body, ...change }, headers)
  const first = await send({}, key)
  await offer()
  expect((await send({})).body.code).toBe('unknown-model')
  expect(await send({}, key)).toMatchObject({ status: 202, body: first.body })
  const other = await send({ model: 'passing/other' }, key)
  expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused'])
})

test('a retry is repeated under its key also when its model, or the message itself, is no longer there', async () => {
  const { conversationId, messageId } = await api.ask(body)
  const key = { 'idempotency-key': 'retry' }
  const retry = (headers = {}) => api.request('POST', `/api/v1/messages/${messageId}/retry`, {}, headers)
  const first = await retry(key)
  await offer()
  expect((await retry()).body.code).toBe('unknown-model')
  expect(await retry(key)).toMatchObject({ status: 202, body: first.body })
  await api.request('DELETE', `/api/v1/conversations/${conversationId}`)
  expect((await retry()).body.code).toBe('unknown-message')
  expect(await retry(key)).toMatchObject({ status: 202, body: first.body })
})
