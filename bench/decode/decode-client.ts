/** Reads streams of the decode upstream, with a provider of ours or with next to nothing, and says what that cost. */
import { createParser } from 'eventsource-parser'
import { readSettings } from '#server/config.ts'
import { composeProviders } from '#server/compose-providers.ts'
import type { Provider } from '#server/ports/provider.ts'
import { answerEach } from '../bench-process.ts'
import { DECODE_WIRES, wholeText, type DecodeWire } from './decode-bodies.ts'

export interface DecodeOrder {
  target: 'floor' | 'ours'
  kind: DecodeWire['kind']
  port: number
  /** Streams altogether, and how many of them at the same time. */
  streams: number
  atOnce: number
  tokens: number
}

export interface DecodeResult {
  /** Processor time of this process, user and system, per token. */
  microsPerToken: number
  /** Streams whose text was not the one that was sent. */
  wrong: number
}

answerEach<DecodeOrder>(async (order) => {
  const wire = DECODE_WIRES.find(({ kind }) => kind === order.kind)
  if (!wire) throw new Error(`no wire ${order.kind}`)
  const url = `http://127.0.0.1:${order.port}`
  const provider = await openProvider(wire, url)
  const read = order.target === 'ours' ? () => readOurs(provider) : () => readFloor(wire, url)
  const expected = wholeText(order.tokens)
  let wrong = 0
  let left = order.streams
  globalThis.gc?.()
  const before = process.cpuUsage()
  const work = async () => {
    while (left-- > 0) if ((await read()) !== expected) wrong++
  }
  await Promise.all(Array.from({ length: order.atOnce }, work))
  const { user, system } = process.cpuUsage(before)
  return { microsPerToken: (user + system) / (order.streams * order.tokens), wrong } satisfies DecodeResult
})

/** fetch, the event parser or a line splitter, JSON.parse. */
async function readFloor(wire: DecodeWire, url: string): Promise<string> {
  const response = await fetch(url + wire.path, { method: 'POST', body: '{}' })
  const decoder = new TextDecoder()
  let text = ''
  const take = (data: string) => {
    if (data !== '[DONE]') text += wire.text(JSON.parse(data))
  }
  const parser = createParser({ onEvent: ({ data }) => take(data) })
  let rest = ''
  for await (const bytes of response.body ?? []) {
    const piece = decoder.decode(bytes, { stream: true })
    if (wire.framing === 'sse') {
      parser.feed(piece)
      continue
    }
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
  return text
}

async function readOurs(provider: Provider): Promise<string> {
  const request = {
    model: 'bench-model',
    systemPrompt: undefined,
    messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'go' }] }],
    parameters: {},
    generationId: '0199a000-0000-7000-8000-000000000000',
  }
  let text = ''
  for await (const batch of provider.stream(request, new AbortController().signal)) {
    for (const event of batch) if (event.type === 'text-delta') text += event.text
  }
  return text
}

async function openProvider({ kind, basePath }: DecodeWire, url: string): Promise<Provider> {
  const read = readSettings({ DEMO: '0', DEFAULT_MODEL: 'bench/model' })
  if (!read.ok) throw new Error(read.problems.join(' '))
  const instance = { id: 'bench', name: 'Bench', kind, vendor: 'bench', baseUrl: url + basePath }
  const providers = [{ ...instance, apiKey: 'bench-key', local: false, configured: true }]
  const provider = (await composeProviders({ ...read.settings, providers })).get('bench')
  if (!provider) throw new Error(`no provider for ${kind}`)
  return provider
}
