import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GenerationSchema } from '#protocol/api/generations.ts'
import { openRawStream } from '#test/app/raw-stream.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

let api: Api

beforeAll(async () => {
  api = await startApi({ limits: { heartbeatMs: 120 } })
})
afterAll(() => api.close())

const events = (id: string, query = ''): string => `/api/v1/generations/${id}/events${query}`

describe('reading a generation', () => {
  test('tells its state, its model as it was asked for, and its place in the queue', async () => {
    const { generationId, messageId, conversationId } = await api.ask()
    const { status, body } = await api.request('GET', `/api/v1/generations/${generationId}`)
    expect(status).toBe(200)
    expect(GenerationSchema.parse(body)).toMatchObject({
      status: 'queued',
      model: 'demo/chat',
      messageId,
      conversationId,
    })
    expect(body.position).toBeGreaterThanOrEqual(0)
    await (await api.work(generationId)).end()
    const ended = await api.request('GET', `/api/v1/generations/${generationId}`)
    expect(ended.body).toMatchObject({ status: 'completed', position: null, endedAt: expect.any(String) })
  })

  test('is 404 when there is none', async () => {
    const { status, body } = await api.request('GET', '/api/v1/generations/none')
    expect(status).toBe(404)
    expect(body.code).toBe('unknown-generation')
  })
})

describe('following a generation', () => {
  test('is, byte for byte, a head that no proxy buffers, one frame for each event with its cursor, and a clean end', async () => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    await writer.append({ type: 'text-delta', text: 'Grüße\n"🌊"', at: 5 })
    const stream = openRawStream(api.port, events(generationId))
    await stream.until('🌊')
    await writer.append({ type: 'text-delta', text: '!', at: 6 })
    await writer.append({ type: 'end', status: 'completed', finishReason: 'stop', at: 7 })
    await stream.until('0\r\n\r\n')
    const head = stream.text().slice(0, stream.text().indexOf('\r\n\r\n')).toLowerCase()
    expect(head).toMatch(/^http\/1\.1 200 ok\r\n/)
    for (const line of [
      'content-type: text/event-stream; charset=utf-8',
      'cache-control: no-store, no-transform',
      'x-accel-buffering: no',
      'connection: keep-alive',
      'x-content-type-options: nosniff',
    ]) {
      expect(head.split('\r\n')).toContain(line)
    }
    const frames = stream.body().replaceAll(/:\n\n/g, '')
    expect(frames).toBe(
      ':\nretry: 1000\n\n' +
        'id: 1-1\ndata: {"type":"text-delta","text":"Grüße\\n\\"🌊\\"","at":5}\n\n' +
        'id: 1-2\ndata: {"type":"text-delta","text":"!","at":6}\n\n' +
        'id: 1-3\ndata: {"type":"end","status":"completed","finishReason":"stop","at":7}\n\n',
    )
    // The connection serves the next request.
    stream.socket.write(`GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    await stream.until('{"status":"ok"}')
    stream.socket.destroy()
  })

  test('speaks HTTP/1.0, as some proxies do, without chunks', async () => {
    const { generationId } = await api.ask()
    await (await api.work(generationId)).end()
    const stream = openRawStream(api.port, events(generationId), { version: '1.0' })
    await stream.closed
    const body = stream.text().slice(stream.text().indexOf('\r\n\r\n') + 4)
    expect(body).toMatch(/^:\nretry: 1000\n\nid: 1-1\ndata: \{"type":"end".*\}\n\n$/)
  })

  test('P15: something is sent at once and heartbeats follow, before there is any event', async () => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    const stream = openRawStream(api.port, events(generationId))
    await stream.until('retry: 1000')
    await stream.until(/(:\n\n\r\n[\s\S]*){3}/)
    expect(stream.body()).not.toContain('data:')
    await writer.end()
    await stream.until('id: 1-1\n')
    stream.socket.destroy()
  })

  test('while it is queued its place is told, and again when the place changes', async () => {
    const first = await api.ask()
    const second = await api.ask()
    const before = (await api.request('GET', `/api/v1/generations/${second.generationId}`)).body.position as number
    const stream = openRawStream(api.port, events(second.generationId))
    await stream.until(`event: status\ndata: {"status":"queued","position":${before}}\n\n`)
    const writer = await api.work(first.generationId)
    await stream.until(`event: status\ndata: {"status":"queued","position":${before - 1}}\n\n`)
    await writer.end()
    await (await api.work(second.generationId)).end()
    await stream.until('id: 1-1\n')
    expect(stream.body()).not.toMatch(/id:[^\n]*\nevent: status/)
    stream.socket.destroy()
  })

  test('P8: from every seq, while events are appended, each later event comes once and in order', async () => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    const streams = []
    for (let seq = 0; seq < 40; seq++) {
      const writing = writer.write(1)
      streams.push(openRawStream(api.port, events(generationId, `?after=${seq === 0 ? '0-0' : `1-${seq}`}`)))
      await writing
      if (seq % 5 === 0) await streams.at(-1)?.until('retry')
    }
    await writer.end()
    for (const [seq, stream] of streams.entries()) {
      await stream.until('0\r\n\r\n')
      const ids = [...stream.body().matchAll(/^id: 1-(\d+)$/gm)].map((match) => Number(match[1]))
      expect(ids).toEqual(Array.from({ length: 41 - seq }, (_, index) => seq + 1 + index))
      stream.socket.destroy()
    }
  })

  test('resumes after Last-Event-ID, else after ?after=: an EventSource keeps the address it was opened with', async () => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    await writer.write(4)
    await writer.end()
    const byHeader = await api.request('GET', events(generationId), undefined, { 'last-event-id': '1-3' })
    const byQuery = await api.request('GET', events(generationId, '?after=1-1'), undefined, { 'last-event-id': '' })
    const byBoth = await api.request('GET', events(generationId, '?after=1-1'), undefined, { 'last-event-id': '1-4' })
    expect(byHeader.body).toMatch(/retry: 1000\n\nid: 1-4\n/)
    expect(byQuery.body).toMatch(/retry: 1000\n\nid: 1-2\n/)
    expect(byBoth.body).toMatch(/retry: 1000\n\nid: 1-5\n/)
  })

  test('is 204 once the client has seen the end, so that an EventSource stops', async () => {
    const { generationId } = await api.ask()
    await (await api.work(generationId)).end()
    const { status, body } = await api.request('GET', events(generationId), undefined, { 'last-event-id': '1-1' })
    expect(status).toBe(204)
    expect(body).toBe('')
  })

  test.each([
    ['is no cursor', 'abc', 400, 'invalid-cursor'],
    ['is empty', '', 400, 'invalid-cursor'],
    ['lies beyond the tail', '1-9', 409, 'cursor-beyond-tail'],
    ['does not match the log', '3-1', 410, 'cursor-mismatch'],
  ])('refuses a cursor that %s', async (_name, cursor, status, code) => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    await writer.write(2)
    const reply = await api.request('GET', events(generationId, `?after=${cursor}`))
    expect(reply.status).toBe(status)
    expect(reply.body.code).toBe(code)
    expect(reply.headers.get('content-type')).toContain('application/problem+json')
    await writer.end()
  })

  test('is 410 when the log is no longer kept, and 404 when there never was one', async () => {
    const { generationId } = await api.ask()
    await (await api.work(generationId)).end()
    await api.backend.log.drop(generationId)
    const dropped = await api.request('GET', events(generationId))
    expect([dropped.status, dropped.body.code]).toEqual([410, 'log-dropped'])
    const unknown = await api.request('GET', events('none'))
    expect([unknown.status, unknown.body.code]).toEqual([404, 'unknown-generation'])
  })
})
