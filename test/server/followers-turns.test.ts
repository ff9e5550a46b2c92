import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MessagePage, Sent } from '#protocol/api/messages.ts'
import { createMillraceClient, type MillraceClient } from '#client/create-millrace-client.ts'
import type { Followed } from '#client/follow.ts'
import { openRawStream } from '../app/raw-stream.ts'
import { startApi, type Api } from '../app/start-api.ts'

let api: Api
let client: MillraceClient
beforeAll(async () => {
  api = await startApi()
  client = createMillraceClient({ baseUrl: api.baseUrl, fetch, backoff: { firstMs: 1, mostMs: 2 } })
})
afterAll(() => api.close())

const eventsPath = (id: string): string => `/api/v1/generations/${id}/events`

/** Asks the next question of a conversation. */
async function askOn(conversationId: string): Promise<string> {
  const path = `/api/v1/conversations/${conversationId}/messages`
  const { messages } = (await api.request('GET', path)).body as MessagePage
  const body = {
    parentId: messages.at(-1)?.id ?? null,
    model: 'demo/chat',
    parts: [{ type: 'text', text: 'and then?' }],
  }
  const sent = (await api.request('POST', path, body)).body as Sent
  return sent.generations[0]?.id ?? ''
}

async function write(generationId: string, words: readonly string[]): Promise<void> {
  const writer = await api.work(generationId)
  for (const text of words) await writer.append({ type: 'text-delta', at: 1, text })
  await writer.end()
}

async function follow(generationId: string, after?: string): Promise<Followed[]> {
  const seen: Followed[] = []
  for await (const followed of client.follow(generationId, { after, signal: AbortSignal.timeout(10_000) }))
    if (followed.type !== 'connection') seen.push(followed)
  return seen
}

function textsOf(seen: readonly Followed[]): string[] {
  return seen.flatMap((followed) =>
    followed.type === 'event' && followed.event.type === 'text-delta' ? [followed.event.text] : [],
  )
}

test('P9: every turn and every retry has a generation and a log of its own, and who follows them all drops nothing', async () => {
  const first = await api.ask()
  await write(first.generationId, ['one ', 'two '])
  const turns: [string, string[]][] = [[first.generationId, ['one ', 'two ']]]
  for (const words of [['one '], ['three ', 'four ', 'five '], ['three ', 'four ', 'five ']]) {
    const generationId = await askOn(first.conversationId)
    await write(generationId, words)
    turns.push([generationId, words])
  }
  const retried = (await api.request('POST', `/api/v1/messages/${first.messageId}/retry`, {})).body as Sent
  const retry = retried.generations[0]?.id ?? ''
  await write(retry, ['one ', 'two '])
  turns.push([retry, ['one ', 'two ']])
  expect(new Set(turns.map(([generationId]) => generationId)).size).toBe(turns.length)
  for (const [generationId, words] of turns) {
    const seen = await follow(generationId)
    expect(textsOf(seen)).toEqual(words)
    const cursors = seen.flatMap((followed) => (followed.type === 'event' ? [followed.cursor] : []))
    expect(cursors).toEqual(Array.from({ length: words.length + 1 }, (_, index) => `1-${index + 1}`))
  }
})

test('P9: the place where one turn ended is refused by the next, never taken for its end; the client begins anew', async () => {
  const first = await api.ask()
  await write(first.generationId, ['one ', 'two ', 'three '])
  const next = await askOn(first.conversationId)
  const stale = { 'last-event-id': '1-4' }
  const queued = await api.request('GET', eventsPath(next), undefined, stale)
  expect([queued.status, queued.body.code]).toEqual([409, 'cursor-beyond-tail'])
  const writing = write(next, ['four ', 'five '])
  const [followed] = await Promise.all([follow(next, '1-4'), writing])
  expect(followed[0]).toEqual({ type: 'restart' })
  expect(textsOf(followed)).toEqual(['four ', 'five '])
  const ended = await api.request('GET', eventsPath(next), undefined, stale)
  expect([ended.status, ended.body.code]).toEqual([409, 'cursor-beyond-tail'])
})

test('P9: a cursor of another attempt is refused by a turn that had no such attempt', async () => {
  const first = await api.ask()
  const lost = await api.work(first.generationId)
  await lost.write(1)
  await api.backend.queue.release({ generationId: first.generationId, epoch: lost.epoch }, { status: 'recovering' })
  const second = await api.work(first.generationId)
  await second.write(1)
  const cursor = `${second.epoch}-2`
  expect(second.epoch).toBeGreaterThan(lost.epoch)
  await second.end()
  const next = await askOn(first.conversationId)
  await write(next, ['one ', 'two ', 'three '])
  const reply = await api.request('GET', eventsPath(next), undefined, { 'last-event-id': cursor })
  expect([reply.status, reply.body.code]).toEqual([410, 'cursor-mismatch'])
})

test('P9: on a stream of several generations each id names its own, and is no cursor of another', async () => {
  const { conversationId } = await api.ask()
  const body = JSON.stringify({
    parentId: null,
    parts: [{ type: 'text', text: 'both' }],
    models: ['demo/chat', 'demo/chat'],
  })
  const stream = openRawStream(api.port, `/api/v1/conversations/${conversationId}/messages`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  })
  await stream.until(/event: sent\ndata: .*\n\n/)
  const sent = JSON.parse(/event: sent\ndata: (.*)/.exec(stream.body())?.[1] ?? '') as Sent
  const [one = '', other = ''] = sent.generations.map(({ id }) => id)
  await Promise.all([write(one, ['a ', 'b ']), write(other, ['c '])])
  await stream.until('\r\n0\r\n\r\n')
  const ids = [...stream.body().matchAll(/^id: (.*)$/gm)].map((match) => match[1] ?? '')
  expect(ids.toSorted()).toEqual([`${one}:1-1`, `${one}:1-2`, `${one}:1-3`, `${other}:1-1`, `${other}:1-2`].toSorted())
  const reply = await api.request('GET', eventsPath(other), undefined, { 'last-event-id': `${one}:1-1` })
  expect([reply.status, reply.body.code]).toEqual([400, 'invalid-cursor'])
  stream.socket.destroy()
})
