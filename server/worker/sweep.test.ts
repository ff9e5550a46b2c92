import { afterAll, beforeAll, expect, test } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import { startApi, type Api } from '#test/app/start-api.ts'
import { sweep } from './sweep.ts'

const DAY_MS = 24 * 3_600_000

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

function sweepAfter(days: number): Promise<number> {
  return sweep({ ...api.backend, clock: { now: () => Date.now() + days * DAY_MS, newId: () => '' } })
}

test('of a conversation that was deleted long ago no text is left, in the log neither', async () => {
  const { log, store } = api.backend
  const { conversationId, generationId } = await api.ask()
  const writer = await api.work(generationId)
  await writer.write(1, 'secret')
  await writer.end()
  await api.request('DELETE', `/api/v1/conversations/${conversationId}`)
  await sweepAfter(29)
  expect(await log.read(generationId, LOG_START, 10)).toMatchObject({ ok: true, rows: [{}, {}] })
  await sweepAfter(31)
  expect(await store.findGeneration(generationId)).toBeUndefined()
  expect(await log.read(generationId, LOG_START, 10)).toEqual({ ok: false, reason: 'dropped' })
})

test('a send can be repeated under its key for a week', async () => {
  const { id } = (await api.request('POST', '/api/v1/conversations')).body as { id: string }
  const send = async () => {
    const body = { parentId: null, parts: [{ type: 'text', text: 'hello' }] }
    const key = { 'idempotency-key': 'week' }
    return (await api.request('POST', `/api/v1/conversations/${id}/messages`, body, key)).body.message.id as string
  }
  const first = await send()
  await sweepAfter(6)
  expect(await send()).toBe(first)
  await sweepAfter(8)
  expect(await send()).not.toBe(first)
})
