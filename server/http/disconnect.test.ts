import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Sent } from '#protocol/api/messages.ts'
import { openRawStream, type RawStream } from '#test/app/raw-stream.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

const GRACE_MS = 400

let api: Api

beforeAll(async () => {
  api = await startApi({ limits: { disconnectGraceMs: GRACE_MS } })
})
afterAll(() => api.close())

/** Sends and follows in one call, as a program that knows no other way to cancel. */
async function sendAndFollow(wish: string | undefined, { models = ['demo/chat'], server = api } = {}) {
  const conversation = (await server.request('POST', '/api/v1/conversations', {})).body as { id: string }
  const body = JSON.stringify({ parts: [{ type: 'text', text: 'hello' }], models })
  const stream = openRawStream(server.port, `/api/v1/conversations/${conversation.id}/messages`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...(wish === undefined ? {} : { 'x-on-disconnect': wish }),
    },
    body,
  })
  await stream.until(/event: sent\ndata: [^\n]*\n\n/)
  const sent = Sent.parse(JSON.parse(/event: sent\ndata: ([^\n]*)\n\n/.exec(stream.body())?.[1] ?? ''))
  return { stream, ids: sent.generations.map(({ id }) => id) }
}

async function follow(generationId = '', server = api): Promise<RawStream> {
  const stream = openRawStream(server.port, `/api/v1/generations/${generationId}/events`)
  await stream.until('retry')
  return stream
}

async function leave(stream: RawStream): Promise<void> {
  stream.socket.destroy()
  await stream.closed
}

const rowOf = async (id = '') => await api.backend.store.findGeneration(id)
const graceMs = (graces: number) => new Promise((resolve) => setTimeout(resolve, GRACE_MS * graces))

describe('with X-On-Disconnect: stop', () => {
  test('an answer goes on while it is read, and is stopped once its last reader has been gone for the grace', async () => {
    const { stream, ids } = await sendAndFollow('stop')
    const second = await follow(ids[0])
    await leave(stream)
    await graceMs(2)
    expect(await rowOf(ids[0])).toMatchObject({ status: 'queued', cancelRequestedAt: null })
    await leave(second)
    await expect.poll(() => rowOf(ids[0])).toMatchObject({ status: 'cancelled', cancelledBy: 'disconnect' })
    const { body } = await api.request('GET', `/api/v1/generations/${ids[0]}/events`)
    expect(body).toContain('"cancelledBy":"disconnect"')
  })

  test('its worker is told like at any other stop', async () => {
    const { stream, ids } = await sendAndFollow('stop')
    const writer = await api.work(ids[0] ?? '')
    await writer.write(1, 'seen ')
    await stream.until('seen ')
    await leave(stream)
    await expect.poll(() => api.rung).toContainEqual({ kind: 'cancel', generationId: ids[0] })
    expect(await rowOf(ids[0])).toMatchObject({ status: 'running', cancelledBy: 'disconnect' })
    await writer.end({ status: 'cancelled', cancelledBy: 'disconnect' })
  })

  test('a reader who is back in time, by GET, keeps it', async () => {
    const { stream, ids } = await sendAndFollow('stop')
    await leave(stream)
    await graceMs(0.3)
    const back = await follow(ids[0])
    await graceMs(3)
    expect(await rowOf(ids[0])).toMatchObject({ status: 'queued', cancelRequestedAt: null })
    await leave(back)
  })

  test('every answer of a comparison is stopped, but not one that has ended', async () => {
    const { stream, ids } = await sendAndFollow('stop', { models: ['demo/chat', 'demo/chat'] })
    await (await api.work(ids[0] ?? '')).end()
    await stream.until('"type":"end"')
    await leave(stream)
    await expect.poll(() => rowOf(ids[1])).toMatchObject({ status: 'cancelled' })
    expect(await rowOf(ids[0])).toMatchObject({ status: 'completed', cancelRequestedAt: null })
  })

  test('an answer that nobody ever comes to read is stopped as well, also one that is asked for again', async () => {
    const { conversationId, message } = await api.ask()
    const headers = { 'x-on-disconnect': 'stop' }
    const retried = await api.request('POST', `/api/v1/messages/${message.id}/retry`, {}, headers)
    const id = Sent.parse(retried.body).generations[0]?.id
    await expect.poll(() => rowOf(id)).toMatchObject({ conversationId, status: 'cancelled', cancelledBy: 'disconnect' })
  })

  test('the next process honours the wish of one that is gone', async () => {
    const options = { backend: api.backend, limits: { disconnectGraceMs: GRACE_MS } }
    const first = await startApi(options)
    const [gone, missed] = [
      await sendAndFollow('stop', { server: first }),
      await sendAndFollow('stop', { server: first }),
    ]
    await first.close()
    await Promise.all([gone.stream.closed, missed.stream.closed])
    await graceMs(2)
    expect(await rowOf(gone.ids[0])).toMatchObject({ status: 'queued', cancelRequestedAt: null })
    const second = await startApi(options)
    const back = await follow(missed.ids[0], second)
    await expect.poll(() => rowOf(gone.ids[0])).toMatchObject({ status: 'cancelled', cancelledBy: 'disconnect' })
    expect(await rowOf(missed.ids[0])).toMatchObject({ status: 'queued', cancelRequestedAt: null })
    await leave(back)
    await second.close()
  })
})

test.each([undefined, 'continue'])('with X-On-Disconnect: %s a reader who leaves stops nothing', async (wish) => {
  const { stream, ids } = await sendAndFollow(wish)
  await leave(stream)
  await graceMs(2)
  expect(await rowOf(ids[0])).toMatchObject({ status: 'queued', cancelRequestedAt: null, onDisconnect: 'continue' })
})

test('any other X-On-Disconnect is refused', async () => {
  const { conversationId } = await api.ask()
  const body = { parts: [{ type: 'text', text: 'hello' }] }
  const headers = { 'x-on-disconnect': 'explode' }
  const reply = await api.request('POST', `/api/v1/conversations/${conversationId}/messages`, body, headers)
  expect([reply.status, reply.body.code, reply.body.parameters.field]).toEqual([
    422,
    'invalid-request',
    'header.x-on-disconnect',
  ])
})
