import { request, type Agent, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Tally } from './tally.ts'

/** The server that is struck, as its clients know it. */
export interface Target {
  port: number
  agent: Agent
  tally: Tally
  /** While it ends or is started again: a refusal is then as good as no answer. */
  isDown: () => boolean
  /** Aborted when nobody waits any longer. */
  signal: AbortSignal
}

export interface JsonRequest {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: unknown
}

const PATIENCE_MS = 15_000
const PAUSE_MS = 100

/**
 * Sends a request again and again until an answer comes: only one that may be repeated. An answer of 5xx is a breach,
 * because an API that was killed gives none at all.
 */
export async function requestSurely<Reply>(target: Target, asked: JsonRequest): Promise<Reply> {
  const { tally, signal } = target
  for (;;) {
    signal.throwIfAborted()
    const reply = await requestOnce(target, asked).catch(() => undefined)
    if (reply && reply.status < 300) return JSON.parse(reply.text) as Reply
    if (!reply || isOfDown(target, reply.status)) tally.sentAgain += 1
    else tally.breaches.push(refusal(asked, reply.status, reply.text))
    if (reply && reply.status < 500) throw new Error(`${asked.method} ${asked.path}: ${reply.status} ${reply.text}`)
    await delay(PAUSE_MS)
  }
}

/** The one refusal that is none: the API says that it is ending. */
export function isOfDown({ isDown }: Target, status: number): boolean {
  return status === 503 && isDown()
}

function refusal({ method, path }: JsonRequest, status: number, text: string) {
  return { what: `${method} ${path} was answered with ${status}`, generationId: '', context: text.slice(0, 2_000) }
}

function requestOnce({ port, agent }: Target, { method, path, headers, body }: JsonRequest) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const content = body === undefined ? {} : { 'content-type': 'application/json' }
  const sent = request({ host: '127.0.0.1', port, agent, method, path, headers: { ...headers, ...content } })
  sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error('no answer came')))
  sent.on('error', reject)
  sent.on('response', (response) => {
    readText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject)
  })
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  return promise
}

export async function readText(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += String(chunk)
  return text
}
