import { expect, test } from 'vitest'
import { createResponseReader } from './response-reader.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n'

function read(pieces: readonly string[]) {
  const seen = { status: 0, body: '', ended: false }
  const push = createResponseReader({
    head: (status) => (seen.status = status),
    body: (text) => (seen.body += text),
    end: () => (seen.ended = true),
  })
  for (const piece of pieces) push(piece)
  return seen
}

test('a chunked body is the same wherever the bytes are cut', () => {
  const bytes = `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nb\r\n, a\r\nworld!\r\n0\r\n\r\n`
  const whole = { status: 200, body: 'hello, a\r\nworld!', ended: true }
  for (let cut = 0; cut <= bytes.length; cut++) expect(read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(whole)
  expect(read([bytes.slice(0, bytes.lastIndexOf('0'))])).toEqual({ ...whole, ended: false })
  expect(read(bytes.split(''))).toEqual(whole)
})

test('a body without chunks lasts as long as the connection', () => {
  expect(read([`${HEAD}\r\nhel`, 'lo'])).toEqual({ status: 200, body: 'hello', ended: false })
})

test('tells the status of a refusal', () => {
  expect(read(['HTTP/1.1 429 Too Many Requests\r\n\r\nslow down'])).toEqual({
    status: 429,
    body: 'slow down',
    ended: false,
  })
})
