import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { Problem } from '#protocol/api/problem.ts'
import { startApi } from '#test/app/start-api.ts'

test('what arrives while the server closes is refused in words, with a time to come back; liveness is answered', async () => {
  const api = await startApi()
  // A request whose head is not whole yet keeps its connection open.
  const begin = (line: string): Socket => {
    const socket = connect(api.port, '127.0.0.1')
    socket.write(`${line} HTTP/1.1\r\nhost: localhost\r\n`)
    return socket
  }
  const late = begin('POST /api/v1/conversations')
  const alive = begin('GET /api/v1/health/live')
  // Answered after both have been read.
  await api.request('GET', '/health')

  const closing = api.close()
  for (const socket of [late, alive]) socket.write('\r\n')
  const [refused, live] = await Promise.all([text(late), text(alive)])
  expect(refused).toMatch(/^HTTP\/1\.1 503 /)
  expect(refused).toMatch(/^retry-after: 1\r$/im)
  expect(refused).toMatch(/^content-type: application\/problem\+json/im)
  expect(Problem.parse(JSON.parse(refused.slice(refused.indexOf('\r\n\r\n')))).code).toBe('unavailable')
  expect(live).toMatch(/^HTTP\/1\.1 200 /)
  await closing
})
