import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROBLEMS, Problem } from '#protocol/api/problem.ts'
import { MillraceError } from '#server/domain/errors.ts'
import { openRawStream } from '#test/app/raw-stream.ts'
import { startApi, type Api } from '#test/app/start-api.ts'
import { withApi } from './with-api.fixture.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

describe('a request that cannot be fulfilled', () => {
  const json = { 'content-type': 'application/json' }

  test.each<[string, string, string, unknown, Record<string, string>, number, string]>([
    ['malformed JSON', 'POST', '/api/v1/conversations', '{"title": ', json, 400, 'invalid-json'],
    ['a body that is no object', 'POST', '/api/v1/conversations', '"text"', json, 422, 'invalid-request'],
    [
      'another media type',
      'POST',
      '/api/v1/conversations',
      'a=1',
      { 'content-type': 'text/plain' },
      415,
      'unsupported-media-type',
    ],
    [
      'a form',
      'POST',
      '/api/v1/conversations',
      'a=1',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported-media-type',
    ],
    [
      'a body beyond the limit',
      'POST',
      '/api/v1/conversations',
      { title: 'x'.repeat(70_000) },
      json,
      413,
      'body-too-large',
    ],
    ['a prototype in the body', 'POST', '/api/v1/conversations', '{"__proto__": {"a": 1}}', json, 400, 'invalid-json'],
    ['an unknown address', 'GET', '/api/v1/nothing', undefined, {}, 404, 'not-found'],
    ['an unknown page', 'GET', '/nothing/here', undefined, {}, 404, 'not-found'],
    ['an address that is not one', 'GET', '/api/v1/conversations/%zz', undefined, {}, 404, 'not-found'],
    ['an endless id', 'GET', `/api/v1/conversations/${'x'.repeat(500)}`, undefined, {}, 404, 'not-found'],
    ['a method that is not taken', 'PUT', '/api/v1/conversations', undefined, {}, 405, 'method-not-allowed'],
    ['a wrong method with a wrong body', 'POST', '/api/v1/models', '{', json, 405, 'method-not-allowed'],
    ['a preflight', 'OPTIONS', '/api/v1/conversations', undefined, {}, 405, 'method-not-allowed'],
  ])('for %s is answered with its problem document', async (_name, method, path, body, headers, status, code) => {
    const reply = await api.request(method, path, body, headers)
    expect(reply.status).toBe(status)
    expect(reply.headers.get('content-type')).toBe('application/problem+json')
    const problem = Problem.parse(reply.body)
    expect(problem).toMatchObject({
      code,
      status,
      title: PROBLEMS[problem.code].title,
      type: `/api/docs#problem-${code}`,
    })
    expect(problem.detail.length).toBeGreaterThan(20)
    expect(api.errors).toEqual([])
  })

  test('names the methods that are taken', async () => {
    const reply = await api.request('PUT', '/api/v1/conversations')
    expect(reply.headers.get('allow')).toBe('GET, HEAD, POST')
  })

  test('that fails inside is logged, and says nothing of why', async () => {
    await withApi({}, async (own) => {
      await own.backend.close()
      const { status, body } = await own.request('GET', '/api/v1/conversations')
      expect([status, body.code]).toEqual([500, 'internal'])
      expect(JSON.stringify(body)).not.toMatch(/closed|stack|\.ts/i)
      expect(own.errors).toHaveLength(1)
    })
  })

  test('that is not HTTP is refused readably', async () => {
    const stream = openRawStream(api.port, '/bad path with spaces')
    await stream.closed
    expect(stream.text()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/)
  })
})

describe('limits', () => {
  test('too many requests in a minute are 429 and say when to come back; health is not counted', async () => {
    await withApi({ limits: { requestsPerMinute: 3 } }, async (own) => {
      for (let count = 0; count < 5; count++) expect((await own.request('GET', '/health')).status).toBe(200)
      const replies = []
      for (let count = 0; count < 4; count++) replies.push(await own.request('GET', '/api/v1/me'))
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 429])
      expect(replies[3]?.body).toMatchObject({ code: 'too-many-requests', parameters: { limit: 3 } })
      expect(Number(replies[3]?.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await own.request('GET', '/api/v1/health/live')).status).toBe(200)
      expect((await own.request('GET', '/api/v1/nothing')).status).toBe(429)
    })
  })

  test('a client that has gone before its request is read is no fault of ours', async () => {
    await withApi({}, async (own) => {
      const { socket } = openRawStream(own.port, '/health', { headers: { connection: 'keep-alive' } })
      await once(socket, 'data')
      const read = once(own.app.server, 'request')
      socket.write(`GET /api/v1/me HTTP/1.1\r\nhost: localhost\r\n\r\n`)
      socket.resetAndDestroy()
      await read
      await setImmediate()
      expect(own.errors).toEqual([])
    })
  })

  test('too many open streams are 429; a place is free again once one has gone', async () => {
    await withApi({ limits: { maxOpenStreams: 1 } }, async (own) => {
      const { generationId } = await own.ask()
      const path = `/api/v1/generations/${generationId}/events`
      const open = openRawStream(own.port, path)
      await open.until('retry')
      const refused = await own.request('GET', path)
      expect([refused.status, refused.body.code]).toEqual([429, 'too-many-streams'])
      expect(refused.headers.get('retry-after')).toBe('5')
      open.socket.destroy()
      await expect
        .poll(async () => {
          const again = openRawStream(own.port, path)
          await again.until('HTTP/1.1')
          again.socket.destroy()
          return again.text().slice(9, 12)
        })
        .toBe('200')
    })
  })
})

describe('a disk or a database that takes nothing', () => {
  test.each<['storage-full' | 'storage-busy' | 'storage-failed', string]>([
    ['storage-full', '10'],
    ['storage-busy', '2'],
    ['storage-failed', '10'],
  ])('a send that meets %s says so, what to do and when to come back, and is nobody’s fault', async (code, seconds) => {
    await withApi({}, async (own) => {
      const { conversationId } = await own.ask()
      own.backend.store.startTurn = () => Promise.reject(new MillraceError(code, 'Do something about it.'))
      const body = { parts: [{ type: 'text', text: 'hello' }], model: 'demo/chat' }
      const reply = await own.request('POST', `/api/v1/conversations/${conversationId}/messages`, body)
      expect(Problem.parse(reply.body)).toMatchObject({ status: 503, code, detail: 'Do something about it.' })
      expect(reply.headers.get('retry-after')).toBe(seconds)
      expect(own.errors).toEqual([])
    })
  })
})
