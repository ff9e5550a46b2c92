import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'
import { Agent, Dispatcher } from 'undici'
import { describe, expect, test } from 'vitest'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { CHAT_END, chatEvent } from '#test/upstream/scripted-upstream.ts'
import { answer, collect, expectError, open, REQUEST, textOf } from '#test/upstream/scripted-provider.ts'

describe('time-outs and limits', () => {
  test('a connection that does not come about is a time-out', async () => {
    const dispatcher = new (class extends Dispatcher {
      override dispatch() {
        return true
      }
    })()
    const { provider } = await open(answer(''), { dispatcher, limits: { connectTimeoutMs: 100 } })
    expectError(await collect(provider), { kind: 'timeout', retryable: true })
  })

  test('a refused connection is a network error', async () => {
    const { provider, upstream } = await open(answer(''))
    await upstream.stop()
    expectError(await collect(provider), { kind: 'network', retryable: true, providerCode: 'ECONNREFUSED' })
  })

  test('silence before the headers is a time-out', async () => {
    const { provider } = await open(() => {}, { limits: { firstByteTimeoutMs: 100 } })
    expectError(await collect(provider), { kind: 'timeout' })
  })

  test('silence between the headers and the first byte is a time-out', async () => {
    const { provider } = await open((_request, response) => response.flushHeaders(), {
      limits: { firstByteTimeoutMs: 100 },
    })
    expectError(await collect(provider), { kind: 'timeout' })
  })

  test('silence in the middle is a time-out that keeps the text and closes the connection', async () => {
    const { provider, upstream } = await open(
      (_request, response) => response.write(chatEvent({ content: 'So far' })),
      {
        limits: { idleTimeoutMs: 100 },
      },
    )
    const events = await collect(provider)
    expect(events[0]).toEqual({ type: 'text-delta', text: 'So far' })
    expectError(events, { kind: 'timeout', retryable: true })
    await expect.poll(() => upstream.openRequests(), { timeout: 5_000 }).toBe(0)
  })

  test('comments keep a slow stream alive', async () => {
    const { provider } = await open(
      async (_request, response) => {
        for (let n = 0; n < 8; n++) {
          response.write(': still here\n\n')
          await sleep(100)
        }
        response.end(chatEvent({ content: 'Done' }) + CHAT_END)
      },
      { limits: { idleTimeoutMs: 600 } },
    )
    expect(textOf(await collect(provider))).toBe('Done')
  })

  test('a model that has finished is not waited for when only the end of its stream is missing', async () => {
    const { provider } = await open(
      (_request, response) => response.write(chatEvent({ content: 'Whole' }, { finish_reason: 'stop' })),
      { limits: { idleTimeoutMs: 200 } },
    )
    expect(await collect(provider)).toEqual([
      { type: 'text-delta', text: 'Whole' },
      { type: 'finish', reason: 'stop', rawReason: 'stop' },
    ])
  })

  test('a reply over its byte limit is an error that keeps what came before', async () => {
    const { provider } = await open(
      async (_request, response) => {
        response.write(chatEvent({ content: 'Kept' }))
        await sleep(50)
        response.write(chatEvent({ content: 'x'.repeat(10_000) }))
      },
      { limits: { maxResponseBytes: 5_000 } },
    )
    const events = await collect(provider)
    expect(textOf(events)).toBe('Kept')
    expectError(events, { kind: 'bad-response', retryable: false })
  })

  test('a compressed reply that unfolds over the limit is stopped there', async () => {
    const { provider } = await open(
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' })
        const gzip = createGzip()
        gzip.pipe(response)
        gzip.end(`: ${'x'.repeat(20_000_000)}`)
      },
      { limits: { maxResponseBytes: 1_000_000 } },
    )
    expectError(await collect(provider), { kind: 'bad-response' })
  })
})

describe('the end', () => {
  test('is told at [DONE], while the server still holds the connection, which is closed soon after', async () => {
    const { provider, upstream } = await open((_request, response) =>
      response.write(chatEvent({ content: 'Hi' }) + CHAT_END),
    )
    const startedAt = performance.now()
    expect((await collect(provider)).at(-1)).toMatchObject({ type: 'finish' })
    // Without the [DONE] it would be given five seconds more.
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    expect(upstream.openRequests()).toBe(1)
    await expect.poll(() => upstream.openRequests(), { timeout: 5_000 }).toBe(0)
  })

  test('of a reset stream keeps all text that had arrived, however slowly it is read', async () => {
    const piece = chatEvent({ content: 'abcdefghij'.repeat(10) })
    const body = piece.repeat(10_000)
    const { promise: hasReset, resolve } = Promise.withResolvers<void>()
    let reset = () => {}
    const { provider } = await open(
      (_request, response) => {
        reset = () => {
          response.socket?.resetAndDestroy()
          resolve()
        }
        response.writeHead(200, { 'content-length': body.length + 1 }).write(body)
        // Who has not read all of it by then has left it to the reset.
        setTimeout(reset, 3_000).unref()
      },
      { dispatcher: watchBytes((total) => total === body.length && reset()) },
    )
    const events: ProviderEvent[] = []
    for await (const batch of provider.stream(REQUEST, new AbortController().signal)) {
      events.push(...batch)
      await hasReset
    }
    expect(textOf(events)).toBe('abcdefghij'.repeat(100_000))
    expectError(events, { kind: 'network', retryable: true })
  })

  test('of a stream that just stops is no answer', async () => {
    const { provider } = await open((_request, response) => response.end(chatEvent({ content: 'Half of' })))
    const events = await collect(provider)
    expect(textOf(events)).toBe('Half of')
    expectError(events, { kind: 'incomplete', retryable: true })
  })

  test('of an endless error body comes at once, with the words that were read', async () => {
    const { provider, upstream } = await open((_request, response) => {
      response.writeHead(500).write(`{"error":{"message":"${'no '.repeat(40_000)}`)
    })
    const events = await collect(provider)
    expectError(events, { kind: 'server', status: 500 })
    await expect.poll(() => upstream.openRequests(), { timeout: 5_000 }).toBe(0)
  })
})

test('a request that is given up before it could be sent is never sent', async () => {
  const { promise: dispatched, resolve } = Promise.withResolvers<Dispatcher.DispatchHandler>()
  const dispatcher = new (class extends Dispatcher {
    override dispatch(_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
      resolve(handler)
      return true
    }
  })()
  const { provider } = await open(answer(''), { dispatcher })
  const cancel = new AbortController()
  const iterator = provider.stream(REQUEST, cancel.signal)[Symbol.asyncIterator]()
  const first = iterator.next()
  const handler = await dispatched
  cancel.abort()
  expect((await first).value).toMatchObject([{ type: 'error', error: { kind: 'cancelled' } }])
  let aborted = false
  const controller = { aborted, paused: false, reason: null, abort: () => (aborted = true), pause() {}, resume() {} }
  handler.onRequestStart?.(controller, {})
  expect(aborted).toBe(true)
})

test('a reader that does not read costs bounded memory, and loses nothing', async () => {
  const pieces = 1_500
  let written = 0
  const { provider } = await open(
    async (_request, response) => {
      for (; written < pieces && !response.closed; written++) {
        const room = response.write(chatEvent({ content: `${written}:${'x'.repeat(20_000)};` }))
        if (!room) await drained(response)
      }
      response.end(CHAT_END)
    },
    { limits: { idleTimeoutMs: 1_000 } },
  )
  const iterator = provider.stream(REQUEST, new AbortController().signal)[Symbol.asyncIterator]()
  const events = [...((await iterator.next()).value ?? [])]
  await settled(() => written)
  // 30 MB in all: what is under way are 4 MB of ours and the buffers of both sockets.
  expect(written).toBeLessThan(pieces - 100)
  for (let step = await iterator.next(); !step.done; step = await iterator.next()) events.push(...step.value)
  expect(events.at(-1)).toMatchObject({ type: 'finish' })
  const numbers = textOf(events)
    .split(';')
    .slice(0, -1)
    .map((piece) => Number.parseInt(piece, 10))
  expect(numbers).toEqual(Array.from({ length: pieces }, (_, n) => n))
}, 30_000)

test.each([
  ['gzip', () => createGzip({ flush: constants.Z_SYNC_FLUSH })],
  ['br', () => createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH })],
])('a stream compressed with %s is read as it comes, also when it is cut short', async (encoding, createCompressor) => {
  let cut = () => {}
  const { provider } = await open((_request, response) => {
    response.writeHead(200, { 'content-encoding': encoding })
    const compressor = createCompressor()
    compressor.pipe(response)
    compressor.write(chatEvent({ content: 'Pressed' }))
    cut = () => response.socket?.resetAndDestroy()
  })
  const iterator = provider.stream(REQUEST, new AbortController().signal)[Symbol.asyncIterator]()
  expect((await iterator.next()).value).toEqual([{ type: 'text-delta', text: 'Pressed' }])
  cut()
  expect((await iterator.next()).value).toMatchObject([{ type: 'error', error: { kind: 'network' } }])
})

test.each([
  ['is no damage to an answer that had finished', chatEvent({ content: 'Hi' }, { finish_reason: 'stop' }), 'finish'],
  ['leaves an answer without its end incomplete', chatEvent({ content: 'Hi' }), 'error'],
])('a compressed stream without its last bytes %s', async (_name, body, end) => {
  const { provider } = await open((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    const compressor = createGzip()
    compressor.on('data', (bytes) => response.write(bytes))
    compressor.write(body)
    compressor.flush(constants.Z_SYNC_FLUSH, () => setImmediate(() => response.end()))
  })
  const events = await collect(provider)
  expect(textOf(events)).toBe('Hi')
  expect(events.at(-1)).toMatchObject(end === 'finish' ? { type: end } : { type: end, error: { kind: 'incomplete' } })
})

test('bytes that are not what the content-encoding says are a bad response', async () => {
  const { provider } = await open((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('this is no gzip'),
  )
  expectError(await collect(provider), { kind: 'bad-response' })
})

/** A dispatcher that says how many bytes of body have reached this process. */
function watchBytes(onTotal: (total: number) => void): Dispatcher {
  let total = 0
  return new Agent().compose((dispatch) => (options, handler) => {
    const counting = Object.create(handler) as Dispatcher.DispatchHandler
    counting.onResponseData = (controller, chunk) => {
      handler.onResponseData?.(controller, chunk)
      onTotal((total += chunk.length))
    }
    return dispatch(options, counting)
  })
}

/** Waits until a number has stood still for a while. */
async function settled(read: () => number): Promise<void> {
  for (let before = -1; before !== read(); await sleep(300)) before = read()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go)
      resolve()
    }
    response.on('drain', go).on('close', go)
  })
}
