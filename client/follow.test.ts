import { describe, expect, it } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import { plainText } from '#protocol/messages.ts'
import { createMillraceClient, type ClientOptions, type MillraceClient } from './create-millrace-client.ts'
import type { Followed } from './follow.ts'
import { createLogServer, cutAfter, framesAfter, startStream } from './log-server.fixture.ts'

const EVENTS: GenerationEvent[] = [
  { type: 'attempt-start', at: 1, attempt: 1, reason: 'first', provider: 'demo', model: 'chat' },
  { type: 'reasoning-delta', at: 2, text: 'hm' },
  { type: 'text-delta', at: 3, text: 'Grüße, 水車 ' },
  { type: 'text-delta', at: 4, text: 'line\r\nline\n\n' },
  { type: 'text-delta', at: 5, text: 'data: 👩‍🔬 :end' },
  { type: 'end', at: 6, status: 'completed' },
]
const TEXT = 'Grüße, 水車 line\r\nline\n\ndata: 👩‍🔬 :end'

describe('follow', () => {
  it('gives the exact text wherever the connection is cut, at every byte', async () => {
    const length = framesAfter(EVENTS, '/').length
    let cutAt = 0
    let connection = 0
    await using server = await createLogServer((request, response) => {
      connection += 1
      startStream(response)
      const bytes = framesAfter(EVENTS, request.url)
      if (connection === 1) cutAfter(response, bytes.subarray(0, cutAt))
      else response.end(bytes)
    })
    const client = clientOf(server.baseUrl)
    for (cutAt = 1; cutAt <= length; cutAt += 1) {
      connection = 0
      const seen = await collect(client, 'g')
      expect(textOf(seen)).toBe(TEXT)
      expect(cursorsOf(seen)).toEqual(EVENTS.map((_, index) => `1-${index + 1}`))
    }
  })

  it('gets through when every connection breaks after one event', async () => {
    await using server = await createLogServer((request, response) => {
      startStream(response)
      const bytes = framesAfter(EVENTS, request.url)
      cutAfter(response, bytes.subarray(0, bytes.indexOf('\n\n') + 2))
    })
    expect(textOf(await collect(clientOf(server.baseUrl), 'g'))).toBe(TEXT)
    expect(server.requests.length).toBe(EVENTS.length)
  })

  it('opens a connection anew that brings no byte, and takes a heartbeat for life', async () => {
    await using server = await createLogServer((request, response, number) => {
      startStream(response)
      const bytes = framesAfter(EVENTS, request.url)
      if (number === 1) return void response.write(bytes.subarray(0, 200))
      let beats = 0
      const heart = setInterval(() => {
        response.write(': alive\n\n')
        beats += 1
        if (beats < 8) return
        clearInterval(heart)
        response.end(bytes)
      }, 20)
    })
    const seen = await collect(clientOf(server.baseUrl, { stallMs: 100 }), 'g')
    expect(textOf(seen)).toBe(TEXT)
    expect(server.requests.length).toBe(2)
  })

  it('opens a connection anew that brings what nobody can read', async () => {
    await using server = await createLogServer((request, response, number) => {
      startStream(response)
      if (number === 1) response.write('id: 1-1\ndata: <html>\n\n')
      else response.end(framesAfter(EVENTS, request.url))
    })
    expect(textOf(await collect(clientOf(server.baseUrl), 'g'))).toBe(TEXT)
  })

  it('reconnects at once when the page wakes up during a wait', async () => {
    const listeners = new Set<() => void>()
    await using server = await createLogServer((request, response, number) => {
      if (number === 1) return void response.writeHead(503).end()
      startStream(response)
      response.end(framesAfter(EVENTS, request.url))
    })
    const client = clientOf(server.baseUrl, {
      backoff: { firstMs: 3_600_000, mostMs: 3_600_000 },
      onWake: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    })
    const seen = await collect(client, 'g', {
      onEach: (followed) => {
        if (followed.type === 'connection' && followed.state === 'lost')
          queueMicrotask(() => setImmediate(() => listeners.forEach((listener) => listener())))
      },
    })
    expect(textOf(seen)).toBe(TEXT)
    expect(listeners.size).toBe(0)
  })

  it('opens a silent connection anew when the page wakes up', async () => {
    const listeners = new Set<() => void>()
    let now = 0
    await using server = await createLogServer((request, response, number) => {
      startStream(response)
      const bytes = framesAfter(EVENTS, request.url)
      if (number > 1) return void response.end(bytes)
      response.write(bytes.subarray(0, bytes.indexOf('\n\n') + 2))
    })
    const client = clientOf(server.baseUrl, {
      now: () => now,
      onWake: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    })
    const seen = await collect(client, 'g', {
      onEach: (followed) => {
        if (followed.type !== 'event' || followed.cursor !== '1-1') return
        now = 60_000
        setImmediate(() => listeners.forEach((listener) => listener()))
      },
    })
    expect(textOf(seen)).toBe(TEXT)
    expect(server.requests).toEqual(['/api/v1/generations/g/events', '/api/v1/generations/g/events?after=1-1'])
  })

  it.each([
    [409, 'cursor-beyond-tail'],
    [410, 'cursor-mismatch'],
  ])('starts again from the beginning on a %i', async (status, code) => {
    await using server = await createLogServer((request, response) => {
      if (request.url?.includes('after=9-9')) return void sendProblem(response, status, code)
      startStream(response)
      response.end(framesAfter(EVENTS, request.url))
    })
    const seen = await collect(clientOf(server.baseUrl), 'g', { after: '9-9' })
    expect(seen[0]).toEqual({ type: 'restart' })
    expect(textOf(seen)).toBe(TEXT)
  })

  it('ends without an event when the end was seen already', async () => {
    await using server = await createLogServer((_request, response) => void response.writeHead(204).end())
    expect(await collect(clientOf(server.baseUrl), 'g', { after: '1-6' })).toEqual([])
  })

  it('reports the place in the queue', async () => {
    await using server = await createLogServer((request, response) => {
      startStream(response)
      response.write('event: status\ndata: {"status":"queued","position":3}\n\n')
      response.end(framesAfter(EVENTS, request.url))
    })
    expect(await collect(clientOf(server.baseUrl), 'g')).toContainEqual({ type: 'queued', position: 3 })
  })

  it('throws what no repetition can mend', async () => {
    await using server = await createLogServer((_request, response) => sendProblem(response, 404, 'unknown-generation'))
    await expect(collect(clientOf(server.baseUrl), 'g')).rejects.toMatchObject({ code: 'unknown-generation' })
    expect(server.requests.length).toBe(1)
  })

  it('ends quietly and closes the connection when the caller aborts', async () => {
    const closed = Promise.withResolvers<void>()
    await using server = await createLogServer((request, response) => {
      request.socket.on('close', () => closed.resolve())
      startStream(response)
      response.write(framesAfter(EVENTS.slice(0, 3), request.url))
    })
    const caller = new AbortController()
    const seen = await collect(clientOf(server.baseUrl), 'g', {
      signal: caller.signal,
      onEach: (followed) => {
        if (followed.type === 'event' && followed.cursor === '1-3') setImmediate(() => caller.abort())
      },
    })
    expect(cursorsOf(seen)).toEqual(['1-1', '1-2', '1-3'])
    await closed.promise
  })
})

function clientOf(baseUrl: string, options: Partial<ClientOptions> = {}): MillraceClient {
  return createMillraceClient({ baseUrl, fetch, backoff: { firstMs: 1, mostMs: 2 }, ...options })
}

async function collect(
  client: MillraceClient,
  generationId: string,
  options: { after?: string; signal?: AbortSignal; onEach?: (followed: Followed) => void } = {},
): Promise<Followed[]> {
  const seen: Followed[] = []
  const signal = options.signal ?? AbortSignal.timeout(10_000)
  for await (const followed of client.follow(generationId, { after: options.after, signal })) {
    seen.push(followed)
    options.onEach?.(followed)
  }
  return seen
}

function textOf(seen: readonly Followed[]): string {
  let answer = emptyAnswer()
  for (const followed of seen) {
    if (followed.type === 'restart') answer = emptyAnswer()
    if (followed.type === 'event') answer = fold(answer, followed.event)
  }
  return plainText(answer.parts)
}

function cursorsOf(seen: readonly Followed[]): string[] {
  return seen.flatMap((followed) => (followed.type === 'event' ? [followed.cursor] : []))
}

function sendProblem(response: import('node:http').ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' })
  response.end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail: code }))
}
