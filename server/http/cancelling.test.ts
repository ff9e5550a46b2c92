import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CancelReceipt, CancelReceipts } from '#protocol/api/generations.ts'
import { openRawStream } from '#test/app/raw-stream.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

describe('cancelling', () => {
  const cancel = (id: string) => api.request('POST', `/api/v1/generations/${id}/cancel`)

  test('P4: ends a queued generation at once, in its log and in its message', async () => {
    const { generationId, messageId } = await api.ask()
    const stream = openRawStream(api.port, `/api/v1/generations/${generationId}/events`)
    await stream.until('retry')
    const { status, body } = await cancel(generationId)
    expect(status).toBe(200)
    expect(CancelReceipt.parse(body)).toEqual({
      state: 'cancelled',
      acceptedAt: expect.any(String),
      upstreamClosedAt: null,
      tokensWritten: 0,
      tokensBilled: null,
    })
    await stream.until('0\r\n\r\n')
    expect(stream.body()).toMatch(/id: 1-1\ndata: \{"type":"end","at":\d+,"status":"cancelled","cancelledBy":"user"/)
    const message = await api.backend.store.getMessage('local', messageId)
    expect(message?.answer).toMatchObject({ status: 'cancelled', cancelledBy: 'user' })
    stream.socket.destroy()
  })

  test('P5: keeps what was written when nobody works on it any more', async () => {
    const { generationId, messageId } = await api.ask()
    const writer = await api.work(generationId)
    await writer.write(3, 'kept ')
    await writer.append({ type: 'usage', at: 1, usage: { inputTokens: 4, outputTokens: 3 } })
    await api.backend.queue.release({ generationId, epoch: writer.epoch }, { status: 'recovering' })
    const receipt = await cancel(generationId)
    expect(receipt.body).toMatchObject({
      state: 'cancelled',
      upstreamClosedAt: null,
      tokensWritten: 3,
      tokensBilled: { inputTokens: 4, outputTokens: 3 },
    })
    expect(await cancel(generationId)).toMatchObject({ body: receipt.body })
    const message = await api.backend.store.getMessage('local', messageId)
    expect(message?.parts).toEqual([{ type: 'text', text: 'kept kept kept ' }])
  })

  test('tells the worker that has it, and says when the model was disconnected', async () => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    await writer.write(2)
    const receipt = cancel(generationId)
    await expect.poll(() => api.rung).toContainEqual({ kind: 'cancel', generationId })
    await writer.end({ status: 'cancelled', cancelledBy: 'user', upstreamClosedAt: 1_700_000_000_000 })
    const { body } = await receipt
    expect(CancelReceipt.parse(body)).toMatchObject({
      state: 'cancelled',
      upstreamClosedAt: '2023-11-14T22:13:20.000Z',
      tokensWritten: 2,
    })
    expect((await cancel(generationId)).body).toEqual(body)
  })

  test('waits a second at most for a worker that does not answer, and a second cancel has the first one’s time', async () => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    const [first, second] = await Promise.all([cancel(generationId), cancel(generationId)])
    expect(first?.body).toMatchObject({ state: 'running', upstreamClosedAt: null, tokensWritten: 0 })
    expect(second?.body.acceptedAt).toBe(first?.body.acceptedAt)
    await writer.end({ status: 'cancelled' })
    expect((await cancel(generationId)).body).toMatchObject({ state: 'cancelled', acceptedAt: first?.body.acceptedAt })
  })

  test('leaves an ended generation as it is, and says the same of it however often and whenever it is asked', async () => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    await writer.write(4)
    await writer.end()
    const { endedAt } = (await api.request('GET', `/api/v1/generations/${generationId}`)).body
    const { status, body } = await cancel(generationId)
    expect(status).toBe(200)
    expect(CancelReceipt.parse(body)).toMatchObject({ state: 'completed', acceptedAt: endedAt, tokensWritten: 4 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await cancel(generationId)).body).toEqual(body)
  })

  test('an answer that ended just before stays completed, also while only its log knows', async () => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    await writer.write(1)
    await writer.seal()
    const { body } = await cancel(generationId)
    expect(body).toMatchObject({ state: 'completed', tokensWritten: 1 })
    expect((await cancel(generationId)).body).toEqual(body)
  })

  test('ends a generation whose worker lets go of it while it is being told', async () => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    const receipt = cancel(generationId)
    await expect.poll(() => api.rung).toContainEqual({ kind: 'cancel', generationId })
    const dueAt = Date.now() + 60_000
    await api.backend.queue.release({ generationId, epoch: writer.epoch }, { status: 'waiting', dueAt })
    expect((await receipt).body).toMatchObject({ state: 'cancelled' })
  })

  test('all of them ends what has not ended, each with its receipt, and nothing else', async () => {
    await api.request('POST', '/api/v1/generations/cancel-all')
    const [ended, queued, owned] = [await api.ask(), await api.ask(), await api.ask()]
    await (await api.work(ended.generationId)).end()
    const writer = await api.work(owned.generationId)
    await writer.write(2)
    const reply = api.request('POST', '/api/v1/generations/cancel-all')
    await expect.poll(() => api.rung).toContainEqual({ kind: 'cancel', generationId: owned.generationId })
    await writer.end({ status: 'cancelled', cancelledBy: 'user' })
    const { status, body } = await reply
    expect(status).toBe(200)
    expect(CancelReceipts.parse(body).receipts).toMatchObject({
      [queued.generationId]: { state: 'cancelled', tokensWritten: 0 },
      [owned.generationId]: { state: 'cancelled', tokensWritten: 2 },
    })
    expect(Object.keys(body.receipts)).toHaveLength(2)
  })

  test('ten at once end it once', async () => {
    const { generationId } = await api.ask()
    const receipts = await Promise.all(Array.from({ length: 10 }, () => cancel(generationId)))
    expect(new Set(receipts.map(({ body }) => body.acceptedAt)).size).toBe(1)
    expect(receipts.every(({ body }) => body.state === 'cancelled')).toBe(true)
    expect((await api.backend.log.tail(generationId))?.seq).toBe(1)
  })

  test('is 404 for a generation that is not there', async () => {
    const { status, body } = await cancel('none')
    expect([status, body.code]).toEqual([404, 'unknown-generation'])
  })
})
