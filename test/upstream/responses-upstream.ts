import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerResponse } from 'node:http'
import { startScriptedUpstream, type ReceivedRequest } from './scripted-upstream.ts'

/** A vendor of our own that speaks OpenAI Responses, background mode included: it keeps every response by its id. */
export interface ResponsesUpstream extends AsyncDisposable {
  url: string
  requests: ReceivedRequest[]
  responses: Map<string, KeptResponse>
  openRequests(): number
  /** Closes the connections of all streams; background responses go on. */
  cutStreams(): void
  stop(): Promise<void>
}

export interface KeptResponse {
  id: string
  status: string
  background: boolean
  events: Record<string, unknown>[]
  output: Record<string, unknown>[]
  /** Resolves when there is one more event. */
  next: PromiseWithResolvers<void>
}

/** How the vendor writes: the part of the model's name after `;`, as in `count;tokens=60;delay=25`. */
interface Script {
  /** Words of the answer: `t0 t1 …`. */
  tokens: number
  delay: number
  /** Words of thinking before it, and whether a function call follows it. */
  thoughts: number
  call: number
  /** Wait before the response's id is told. */
  first: number
}

const LAST = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled'])

export interface ResponsesUpstreamOptions {
  /** Answers a request instead; false leaves it to the vendor. */
  instead?(request: ReceivedRequest, response: ServerResponse): boolean
}

export async function startResponsesUpstream({ instead }: ResponsesUpstreamOptions = {}): Promise<ResponsesUpstream> {
  const responses = new Map<string, KeptResponse>()
  const streams = new Set<ServerResponse>()
  const upstream = await startScriptedUpstream((request, response) => {
    if (instead?.(request, response)) return
    const url = new URL(request.path, 'http://vendor')
    const [, id = '', action] = /\/responses\/([^/]+)(?:\/(.*))?$/.exec(url.pathname) ?? []
    if (url.pathname.endsWith('/models')) return sendJson(response, 200, { data: [{ id: 'count' }, { id: 'other' }] })
    if (request.method === 'POST' && id === '') return create(request, response)
    const kept = responses.get(id)
    if (!kept) return sendJson(response, 404, notFound(id))
    if (action === 'cancel') return cancel(kept, response)
    if (url.searchParams.get('stream') !== 'true') return sendJson(response, 200, documentOf(kept))
    const after = Number(url.searchParams.get('starting_after') ?? -1)
    return void stream(kept, response, after + 1)
  })

  async function create({ body }: ReceivedRequest, response: ServerResponse): Promise<void> {
    const { model, background = false } = JSON.parse(body) as { model: string; background?: boolean }
    const script = readScript(model)
    if (script.first > 0) await sleep(script.first)
    const kept: KeptResponse = {
      id: `resp_${responses.size + 1}`,
      status: 'in_progress',
      background,
      events: [],
      output: [],
      next: Promise.withResolvers(),
    }
    responses.set(kept.id, kept)
    if (!background) response.on('close', () => kept.status === 'in_progress' && (kept.status = 'cancelled'))
    void write(kept, script)
    await stream(kept, response, 0)
  }

  async function stream(kept: KeptResponse, response: ServerResponse, from: number): Promise<void> {
    streams.add(response)
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    for (let at = from; !response.closed; at += 1) {
      while (at >= kept.events.length && !response.closed) await kept.next.promise
      const event = kept.events[at]
      if (!event) break
      response.write(`event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`)
      if (LAST.has(String(event.type))) response.end()
    }
    streams.delete(response)
  }

  return {
    url: upstream.url,
    requests: upstream.requests,
    responses,
    openRequests: upstream.openRequests,
    cutStreams() {
      for (const response of streams) response.destroy()
    },
    stop: upstream.stop,
    [Symbol.asyncDispose]: upstream.stop,
  }
}

function readScript(model: string): Script {
  const script: Script = { tokens: 3, delay: 0, thoughts: 0, call: 0, first: 0 }
  for (const [name, value] of model
    .split(';')
    .slice(1)
    .map((option) => option.split('='))) {
    Object.assign(script, { [name ?? '']: Number(value) })
  }
  return script
}

/** Writes to the end whoever listens, unless the response is stopped. */
async function write(kept: KeptResponse, { tokens, delay, thoughts, call }: Script): Promise<void> {
  const { id } = kept
  say(kept, 'response.created', {
    response: { id, object: 'response', status: 'in_progress', background: kept.background },
  })
  const thought = { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: words(thoughts, 'h') }] }
  if (thoughts > 0) {
    for (const delta of pieces(thoughts, 'h'))
      if (await goesOn(kept, delay)) sayPart(kept, 'response.reasoning_summary_text.delta', { summary_index: 0, delta })
    endItem(kept, { ...thought, encrypted_content: 'sealed-thought' })
  }
  for (const delta of pieces(tokens, 't'))
    if (await goesOn(kept, delay)) sayPart(kept, 'response.output_text.delta', { content_index: 0, delta })
  const content = [{ type: 'output_text', text: words(tokens, 't'), annotations: [] }]
  endItem(kept, { id: 'msg_1', type: 'message', role: 'assistant', content })
  if (call > 0)
    endItem(kept, { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{"at":1}' })
  // What follows a call is worth a look: a worker may be lost between them.
  if (call > 0) await goesOn(kept, call)
  if (kept.status !== 'in_progress') return
  kept.status = 'completed'
  say(kept, 'response.completed', { response: documentOf(kept) })
}

async function goesOn(kept: KeptResponse, delay: number): Promise<boolean> {
  if (delay > 0 && kept.status === 'in_progress') await sleep(delay)
  return kept.status === 'in_progress'
}

function endItem(kept: KeptResponse, item: Record<string, unknown>): void {
  if (kept.status !== 'in_progress') return
  sayPart(kept, 'response.output_item.done', { item })
  kept.output.push(item)
}

function sayPart(kept: KeptResponse, type: string, rest: Record<string, unknown>): void {
  say(kept, type, { output_index: kept.output.length, ...rest })
}

function say(kept: KeptResponse, type: string, rest: Record<string, unknown>): void {
  kept.events.push({ type, sequence_number: kept.events.length, ...rest })
  kept.next.resolve()
  kept.next = Promise.withResolvers()
}

function cancel(kept: KeptResponse, response: ServerResponse): void {
  if (kept.status === 'in_progress') {
    kept.status = 'cancelled'
    say(kept, 'response.cancelled', { response: documentOf(kept) })
  }
  sendJson(response, 200, documentOf(kept))
}

function documentOf({ id, status, output, background }: KeptResponse): Record<string, unknown> {
  const usage = status === 'completed' ? { input_tokens: 5, output_tokens: 7 } : null
  const shown = status === 'completed' ? output : []
  return { id, object: 'response', status, background, error: null, incomplete_details: null, output: shown, usage }
}

function notFound(id: string): Record<string, unknown> {
  const message = `Response with id '${id}' not found.`
  return { error: { message, type: 'invalid_request_error', param: 'id', code: null } }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/** `t0 t1 t2`. */
export function words(count: number, letter: string): string {
  return pieces(count, letter).join('')
}

function pieces(count: number, letter: string): string[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? '' : ' ') + letter + String(index))
}
