import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Sent } from '#protocol/api/messages.ts'
import { openRawStream, type RawStream } from '#test/app/raw-stream.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

const END_CHUNK = '\r\n0\r\n\r\n'
const GRACE_MS = 400

let api: Api
beforeAll(async () => {
  api = await startApi({ limits: { heartbeatMs: 100, disconnectGraceMs: GRACE_MS } })
})
afterAll(() => api.close())

/** A send behind an answer that is being written, as a stream. */
function sendBehind(conversationId: string, headers: Record<string, string> = {}, of = api): RawStream {
  const body = JSON.stringify({ parts: [{ type: 'text', text: 'and then?' }], models: ['demo/chat', 'demo/chat'] })
  return openRawStream(of.port, `/api/v1/conversations/${conversationId}/messages`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  })
}

function frameOf(stream: RawStream, name: string) {
  return JSON.parse(new RegExp(`event: ${name}\ndata: ([^\n]*)\n\n`).exec(stream.body())?.[1] ?? 'null')
}

async function sentIn(stream: RawStream): Promise<Sent> {
  await stream.until(/event: sent\ndata: [^\n]*\n\n/)
  return Sent.parse(frameOf(stream, 'sent'))
}

describe('a streaming send that has to wait', () => {
  test('says so at once, beats while it waits, then tells that it was sent, and goes on to the end of its answers', async () => {
    const { conversationId, generationId } = await api.ask()
    const before = await api.work(generationId)
    const stream = sendBehind(conversationId)
    await stream.until(/event: queued\n[^]*\r\n:\n\n/)
    expect(frameOf(stream, 'queued')).toMatchObject({ queued: { conversationId, held: null } })
    expect(stream.body()).not.toContain('event: sent')
    await before.end()
    const { message, generations } = await sentIn(stream)
    expect(message).toMatchObject({ conversationId, parts: [{ text: 'and then?' }] })
    expect(generations).toHaveLength(2)
    for (const { id } of generations) {
      const writer = await api.work(id)
      await writer.write(3)
      await writer.end()
    }
    await stream.until(END_CHUNK)
    for (const { id } of generations) {
      const seqs = [...stream.body().matchAll(new RegExp(`^id: ${id}:1-(\\d+)$`, 'gm'))].map((match) =>
        Number(match[1]),
      )
      expect(seqs).toEqual([1, 2, 3, 4])
    }
    stream.socket.destroy()
  })

  test('ends cleanly when it is withdrawn', async () => {
    const { conversationId } = await api.ask()
    const stream = sendBehind(conversationId)
    await stream.until(/event: queued\ndata: [^\n]*\n\n/)
    const { id } = frameOf(stream, 'queued').queued
    await api.request('DELETE', `/api/v1/conversations/${conversationId}/queue/${id}`)
    await stream.until(END_CHUNK)
    expect(frameOf(stream, 'withdrawn')).toEqual({ id })
    stream.socket.destroy()
  })

  test('when it is repeated after it was sent, the repeat tells that at once', async () => {
    const { conversationId, generationId } = await api.ask()
    const before = await api.work(generationId)
    const key = { 'idempotency-key': conversationId }
    const first = sendBehind(conversationId, key)
    await first.until(/event: queued\ndata: [^\n]*\n\n/)
    await before.end()
    const sent = await sentIn(first)
    // Another answer to the same question is none of this send's.
    const [one] = sent.generations
    await (await api.work(one?.id ?? '')).end()
    await api.request('POST', `/api/v1/messages/${one?.messageId}/retry`, {})
    const second = sendBehind(conversationId, key)
    expect(await sentIn(second)).toEqual(sent)
    expect(frameOf(second, 'queued')).toEqual(frameOf(first, 'queued'))
    first.socket.destroy()
    second.socket.destroy()
  })

  test('is cut, not ended, when the server closes; the turn stays in the queue', async () => {
    const other = await startApi({ backend: api.backend })
    const { conversationId } = await other.ask()
    const stream = sendBehind(conversationId, {}, other)
    await stream.until(/event: queued\ndata: [^\n]*\n\n/)
    await other.close()
    await stream.closed
    expect(stream.text()).not.toContain(END_CHUNK)
    const { body } = await api.request('GET', `/api/v1/conversations/${conversationId}/queue`)
    expect(body.items).toHaveLength(1)
  })
})

describe('with X-On-Disconnect: stop', () => {
  test('the answers of a turn whose sender left while it waited are stopped after the grace', async () => {
    const { conversationId, generationId } = await api.ask()
    const before = await api.work(generationId)
    const stream = sendBehind(conversationId, { 'x-on-disconnect': 'stop' })
    await stream.until(/event: queued\ndata: [^\n]*\n\n/)
    stream.socket.destroy()
    await stream.closed
    await before.end()
    await expect
      .poll(() => generationsOf(conversationId), { timeout: 5_000 })
      .toEqual([null, 'disconnect', 'disconnect'])
  })

  test('so are they when the API was replaced while the turn waited, however often it was sent', async () => {
    const other = await startApi({ backend: api.backend })
    const { conversationId, generationId } = await other.ask()
    const before = await api.work(generationId)
    const headers = { 'x-on-disconnect': 'stop', 'idempotency-key': conversationId }
    const body = { parts: [{ type: 'text', text: 'and then?' }] }
    for (let time = 0; time < 3; time++)
      await other.request('POST', `/api/v1/conversations/${conversationId}/messages`, body, headers)
    await other.close()
    const next = await startApi({ backend: api.backend, limits: { disconnectGraceMs: GRACE_MS } })
    await before.end()
    await expect.poll(() => generationsOf(conversationId), { timeout: 5_000 }).toEqual([null, 'disconnect'])
    await next.close()
  })

  test('they go on while the stream is open', async () => {
    const { conversationId, generationId } = await api.ask()
    const before = await api.work(generationId)
    const stream = sendBehind(conversationId, { 'x-on-disconnect': 'stop' })
    await stream.until(/event: queued\ndata: [^\n]*\n\n/)
    await before.end()
    await sentIn(stream)
    await new Promise((resolve) => setTimeout(resolve, 2 * GRACE_MS))
    expect(await generationsOf(conversationId)).toEqual([null, null, null])
    stream.socket.destroy()
    await expect
      .poll(() => generationsOf(conversationId), { timeout: 5_000 })
      .toEqual([null, 'disconnect', 'disconnect'])
  })

  /** By whom the answers were stopped. */
  async function generationsOf(conversationId: string) {
    const rows = (await api.backend.store.listMessages('local', conversationId, { limit: 20 })) ?? []
    const ids = rows.flatMap(({ generation }) => generation?.id ?? [])
    return Promise.all(ids.map(async (id) => (await api.backend.store.findGeneration(id))?.cancelledBy))
  }
})
