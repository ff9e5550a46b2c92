import type { Sent } from '#protocol/api/messages.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMillraceClient } from '#client/create-millrace-client.ts'
import { followToEnd } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'

let app: App

beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app?.stop())

test(
  'P11: twenty sends with one key are one question and one generation, also when the API is killed between them',
  {
    timeout: 180_000,
  },
  async () => {
    const backoff = { firstMs: 2_000, mostMs: 5_000 }
    const clients = Array.from({ length: 20 }, () => createMillraceClient({ baseUrl: app.baseUrl, fetch, backoff }))
    const [one] = clients
    const { id } = await one!.createConversation({})
    const question = { parts: [{ type: 'text' as const, text: 'hello' }] }
    const send = (client: (typeof clients)[number]) => client.send(id, question, { idempotencyKey: 'a-click' })

    const early = clients.slice(0, 10).map(send)
    await Promise.race(early)
    const api = app.apiPid()
    const during = clients.slice(10, 15).map(send)
    process.kill(api, 'SIGKILL')
    const sent = await Promise.all([...early, ...during])
    const late = await Promise.all(clients.slice(15).map(send))
    expect(app.apiPid()).not.toBe(api)

    expect(new Set([...sent, ...late].map((reply) => JSON.stringify(reply))).size).toBe(1)
    const { messages } = await one!.listMessages(id)
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    const { answer } = await followToEnd(app.baseUrl, (sent[0] as Sent).generations[0]!.id)
    expect(answer).toMatchObject({ status: 'completed', attempt: 1 })
  },
)
