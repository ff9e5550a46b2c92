import type { ServerResponse } from 'node:http'
import { CHAT_END, chatEvent, type ReceivedRequest, type UpstreamScript } from '../upstream/scripted-upstream.ts'
import { echoesOf } from './canary-keys.fixture.ts'

type Reply = (response: ServerResponse, key: string, echo: string) => unknown

/** Ways of failing that show the key, by the name of the model that is asked. */
export const LOUD_REPLIES: Record<string, Reply> = {
  'says-401': (response, _key, echo) =>
    json(response, 401, { error: { message: `Incorrect API key provided: ${echo}.`, code: 'invalid_api_key' } }),
  'says-code': (response, key) => json(response, 400, { error: { message: 'Bad', code: key, type: key, param: key } }),
  'says-text': (response, _key, echo) => response.writeHead(403, { 'content-type': 'text/plain' }).end(echo),
  'says-detail': (response, key, echo) => json(response, 422, { detail: [{ loc: [key], msg: echo, input: key }] }),
  'says-html': (response, key) =>
    response
      .writeHead(404, { 'content-type': 'text/html' })
      .end(`<html><title>No ${key}</title><body>${key}</body></html>`),
  'says-headers': (response, key) =>
    response
      .writeHead(400, { 'www-authenticate': `Bearer realm="${key}"`, 'x-request-id': key, 'retry-after': key })
      .end(),
  'says-redirect': (response, key) => response.writeHead(307, { location: `https://other.example/?key=${key}` }).end(),
  'says-encoding': (response, key) => response.writeHead(200, { 'content-encoding': key.slice(0, 30) }).end('x'),
  'says-early': (response, _key, echo) => {
    stream(response)
    response.end(`data: ${JSON.stringify({ error: { message: `bad ${echo}`, code: 'bad_request' } })}\n\n`)
  },
  'says-late': (response, key, echo) => {
    stream(response)
    response.write(chatEvent({ content: 'Some words' }))
    response.end(`data: ${JSON.stringify({ error: { message: `lost ${echo}`, metadata: { raw: key } } })}\n\n`)
  },
  'says-line': (response, key) => {
    stream(response)
    response.end(`event: error\ndata: {"message": "${key}\n\n`)
  },
  'says-200': (response, _key, echo) =>
    json(response, 200, { error: { message: echo, type: 'invalid_request_error' } }),
  'says-page': (response, key) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<title>Sign in ${key}</title>`),
  'says-cut': (response, key) =>
    // The end of what is kept of an error falls into the middle of the key.
    json(response, 400, { error: { message: `${'x'.repeat(2_000 - 30)} ${key}` } }),
  'says-pieces': (response, key) => {
    const half = Math.floor(key.length / 2)
    json(response, 400, { error: { message: `${key.slice(0, half)} … ${key.slice(half)}`, code: key.slice(half) } })
  },
}

/** A vendor of ill will: whatever it is asked, it fails and shows the key that it was sent. */
export const loudScript: UpstreamScript = (request, response) => {
  const key = keyOf(request)
  const echo = echoesOf(key).join(' | ')
  if (request.method === 'GET') return json(response, 401, { error: { message: `No models for ${echo}`, code: key } })
  const model = modelOf(request)
  const reply = LOUD_REPLIES[model]
  if (reply) return reply(response, key, echo)
  stream(response)
  // Whatever else is asked is never answered, so that there is something to kill.
  if (model !== 'well') return response.write(chatEvent({ content: 'So far' }))
  return response.end(chatEvent({ content: 'All is well.' }) + CHAT_END)
}

/** Wherever the vendor's protocol has it. */
export function keyOf({ headers }: Pick<ReceivedRequest, 'headers'>): string {
  const key = headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? 'no key'
  return String(key).replace(/^Bearer /, '')
}

/** Gemini has it in the path. */
function modelOf({ path, body }: ReceivedRequest): string {
  return /models\/([\w-]+):/.exec(path)?.[1] ?? (JSON.parse(body) as { model: string }).model
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
}
