import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { plainText, type Answer } from '#protocol/messages.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import { ask, followToEnd, storedAnswer } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { startRawUpstream } from '../upstream/raw-upstream.ts'
import { CHAT_END, chatEvent, startScriptedUpstream } from '../upstream/scripted-upstream.ts'
import { selfSigned } from '../upstream/self-signed.ts'

const SILENCE_MS = 700
const MAX_BYTES = 400_000
const HALF = chatEvent({ content: 'Half of' })
const WHOLE = chatEvent({ content: 'Whole' }) + CHAT_END
/** As much as may come before a reset, in many events. */
const LONG_TEXT = 'abcdefghij'.repeat(10)
const LONG_EVENTS = 1_500

const head = (...headers: string[]) =>
  ['HTTP/1.1 200 OK', 'Content-Type: text/event-stream', ...headers, '', ''].join('\r\n')
const OLD_HEAD = head().replace('1.1', '1.0')

/** What each upstream does with a request once it has arrived whole. */
const REPLIES: Record<string, (socket: Socket) => unknown> = {
  'first-byte-stall': () => {},
  'mid-stream-stall': (socket) => socket.write(head() + HALF),
  'reset-mid-stream': async (socket) => {
    const body = chatEvent({ content: LONG_TEXT }).repeat(LONG_EVENTS)
    socket.write(`${head('Transfer-Encoding: chunked')}${body.length.toString(16)}\r\n${body}\r\n`)
    // The worker has read it all by then; nobody else needs to have.
    await sleep(1_500)
    socket.resetAndDestroy()
  },
  'reset-at-once': (socket) => socket.resetAndDestroy(),
  'endless-answer': (socket) => pour(socket, chatEvent({ content: 'on and on ' })),
  'endless-noise': (socket) => pour(socket, 'x'.repeat(1_000)),
  'html-page': (socket) => socket.end(`${head()}<!doctype html><title>Sign in</title><p>Welcome</p>`),
  redirect: (socket) =>
    socket.end('HTTP/1.1 308 Moved\r\nLocation: https://elsewhere.example/v1\r\nContent-Length: 0\r\n\r\n'),
  'no-http': (socket) => socket.end('220 mail.example ESMTP\r\n'),
  'old-http-whole': (socket) => socket.end(OLD_HEAD + WHOLE),
  'old-http-cut': (socket) => socket.end(OLD_HEAD + HALF),
  'length-too-long-whole': (socket) => socket.end(head('Content-Length: 100000') + WHOLE),
  'length-too-long-cut': (socket) => socket.end(head('Content-Length: 100000') + HALF),
  'length-too-short': (socket) => socket.end(head(`Content-Length: ${HALF.length}`) + HALF + WHOLE),
}

function pour(socket: Socket, what: string): void {
  socket.write(head())
  const more = () => {
    while (!socket.destroyed && socket.write(what));
  }
  socket.on('drain', more)
  more()
}

describe('faults of the way to a provider, through the running server', () => {
  const closing: (() => unknown)[] = []
  const ports: Record<string, string> = {}
  let app: App

  beforeAll(async () => {
    const urls = await startAll()
    const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
    closing.push(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'providers.json')
    const entries = Object.entries(urls).map(([id, baseUrl]) => ({ id, kind: 'openai-chat', baseUrl, apiKey: 'sk-x' }))
    writeFileSync(file, JSON.stringify(entries))
    app = await startApp({
      env: {
        PROVIDERS_FILE: file,
        ALLOW_UNLISTED_MODELS: '1',
        FIRST_BYTE_TIMEOUT_MS: String(SILENCE_MS),
        IDLE_TIMEOUT_MS: String(SILENCE_MS * 3),
        CONNECT_TIMEOUT_MS: '2000',
        MAX_RESPONSE_BYTES: String(MAX_BYTES),
      },
    })
  })
  afterAll(async () => {
    await app?.stop()
    for (const close of closing) await close()
  })

  async function startAll(): Promise<Record<string, string>> {
    const urls: Record<string, string> = {}
    for (const [id, reply] of Object.entries(REPLIES)) {
      const upstream = await startRawUpstream(reply)
      closing.push(() => upstream[Symbol.asyncDispose]())
      urls[id] = `http://${upstream.host}/v1`
    }
    const plain = await startScriptedUpstream((_request, response) => response.end(WHOLE))
    closing.push(() => plain.stop())
    const untrusted = createServer(selfSigned('127.0.0.1'), (_request, response) => response.end(WHOLE))
    untrusted.listen(0, '127.0.0.1')
    await once(untrusted, 'listening')
    closing.push(() => untrusted.close())
    const gone = await startScriptedUpstream(() => {})
    await gone.stop()
    const { port } = untrusted.address() as AddressInfo
    Object.assign(ports, {
      untrusted: `127.0.0.1:${port}`,
      plain: new URL(plain.url).host,
      gone: new URL(gone.url).host,
    })
    return {
      ...urls,
      untrusted: `https://${ports.untrusted}/v1`,
      'no-tls': `${plain.url.replace('http:', 'https:')}/v1`,
      tls: `http://${ports.untrusted}/v1`,
      'no-such-host': 'http://nowhere.invalid/v1',
      gone: `${gone.url}/v1`,
    }
  }

  async function answerOf(id: string): Promise<Answer> {
    const asked = await ask(app.baseUrl, 'go', `${id}/some-model`)
    const { answer } = await followToEnd(app.baseUrl, asked.generationId)
    const stored = await vi.waitFor(async () => {
      const current = await storedAnswer(app.baseUrl, asked)
      if (!current) throw new Error('not stored yet')
      return current
    })
    expect(stored).toEqual(answer)
    return stored
  }

  test.concurrent.each<[id: string, kind: GenerationError['kind'], says: RegExp, text: string]>([
    ['first-byte-stall', 'timeout', /^No byte of an answer within 700 ms\.$/, ''],
    ['mid-stream-stall', 'timeout', /^Silent for 2100 ms in the middle of the answer\.$/, 'Half of'],
    ['reset-at-once', 'network', /closed the connection without a reply\. Check the base URL/, ''],
    ['endless-noise', 'bad-response', /longer than 400000 bytes/, ''],
    ['html-page', 'bad-response', /but with a page or text: Sign in$/, ''],
    ['redirect', 'bad-response', /308, a redirect to https:\/\/elsewhere\.example\/v1.*correct the base URL\.$/, ''],
    [
      'no-http',
      'bad-response',
      /does not answer in HTTP\. Check the base URL and its port, or whether .* https:\/\//,
      '',
    ],
    ['untrusted', 'network', /^The certificate of 127\.0\.0\.1:\d+ is not trusted\. Check .*NODE_EXTRA_CA_CERTS/, ''],
    [
      'no-tls',
      'network',
      /does not speak TLS\. .* begin with http:\/\/ instead of https:\/\/\. \(wrong version number\)/,
      '',
    ],
    ['tls', 'network', /closed the connection without a reply\. .* or whether it has to begin with https:\/\//, ''],
    ['no-such-host', 'network', /^The name nowhere\.invalid could not be resolved\. Check its spelling .* DNS/, ''],
    ['gone', 'network', /^Nothing accepts connections at 127\.0\.0\.1:\d+\. Check that it is running/, ''],
    ['old-http-cut', 'incomplete', /ended before the answer did/, 'Half of'],
    ['length-too-long-cut', 'network', /was cut in the middle of the reply/, 'Half of'],
    ['length-too-short', 'incomplete', /ended before the answer did/, 'Half of'],
  ])('%s ends as %s', async (id, kind, says, text) => {
    const answer = await answerOf(id)
    expect(answer).toMatchObject({ status: 'failed', finishReason: 'error', error: { kind } })
    expect(answer.error?.message).toMatch(says)
    expect(plainText(answer.parts)).toBe(text)
  })

  test.concurrent.each(['old-http-whole', 'length-too-long-whole'])('%s is a complete answer', async (id) => {
    const answer = await answerOf(id)
    expect(answer).toMatchObject({ status: 'completed', finishReason: 'stop' })
    expect(plainText(answer.parts)).toBe('Whole')
  })

  test.concurrent('an endless answer is ended at its limit, and what came is kept', async () => {
    const answer = await answerOf('endless-answer')
    expect(answer.error).toMatchObject({ kind: 'bad-response', message: expect.stringContaining('400000 bytes') })
    expect(plainText(answer.parts)).toMatch(/^(on and on ){1000,}$/)
  })

  test.concurrent('after a reset no character that had arrived is missing, also for who reads slowly', async () => {
    const asked = await ask(app.baseUrl, 'go', 'reset-mid-stream/some-model')
    const { answer } = await followToEnd(app.baseUrl, asked.generationId, () => {
      // A reader that is busy for a while with each frame, and far behind when the reset comes.
      const until = performance.now() + 1
      while (performance.now() < until);
    })
    expect(answer).toMatchObject({ status: 'failed', error: { kind: 'network' } })
    expect(answer.error?.message).toMatch(/cut in the middle of the reply/)
    expect(plainText(answer.parts)).toBe(LONG_TEXT.repeat(LONG_EVENTS))
    await vi.waitFor(async () => expect(await storedAnswer(app.baseUrl, asked)).toEqual(answer))
  })
})
