import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import { plainText } from '#protocol/messages.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import { openWorkerBench, type WorkerBench } from './worker-for-tests.ts'

const CHAIN = {
  fallbacks: [
    { provider: 'second', model: 'm2' },
    { provider: 'third', model: 'm3' },
  ],
}
const finish: ProviderEvent = { type: 'finish', reason: 'stop' }
const text = (value: string): ProviderEvent => ({ type: 'text-delta', text: value })
const failing = (error: Partial<GenerationError>): Answering => [
  { type: 'error', error: { kind: 'overloaded', message: 'busy', retryable: false, ...error } },
]
const answering = (value: string): Answering => [text(value), finish]

type Answering = ProviderEvent[]
/** What each model does at its first, second, … request; the last is repeated. */
type Plays = Record<string, Answering[]>

/** A worker with three providers; what each was asked is kept. */
async function openChain(plays: Plays, generationTimeoutMs?: number) {
  const asked: { model: string; request: ProviderRequest }[] = []
  async function* play(id: string, request: ProviderRequest) {
    asked.push({ model: `${id}/${request.model}`, request })
    const before = asked.filter(({ model }) => model === `${id}/${request.model}`).length - 1
    const answers = plays[id] ?? []
    for (const event of answers[Math.min(before, answers.length - 1)] ?? []) yield [event]
  }
  const bench = await openWorkerBench((_signal, _try, request) => play('played', request), generationTimeoutMs)
  for (const id of ['second', 'third']) add(bench, { id, local: false, stream: (request) => play(id, request) })
  return { bench, asked, models: () => asked.map(({ model }) => model) }
}

function add({ deps }: WorkerBench, provider: Omit<Provider, 'models'>): void {
  const providers = deps.providers as Map<string, Provider>
  providers.set(provider.id, { ...provider, models: () => Promise.resolve([]) })
}

/** Only what a vendor's wire counts has a price. */
function speakChat({ deps }: WorkerBench, id: string): void {
  const provider = deps.providers.get(id)
  if (provider) (deps.providers as Map<string, Provider>).set(id, { ...provider, kind: 'openai-chat' })
}

async function know({ deps }: WorkerBench, models: Record<string, Partial<ModelRecord>>): Promise<void> {
  for (const [provider, record] of Object.entries(models)) {
    const id = { played: 'm', second: 'm2', third: 'm3' }[provider] ?? 'm'
    const model = { id, name: null, contextLength: null, ...record }
    await deps.store.saveCatalogue(provider, { models: [model], status: 'up', error: null, checkedAt: 1 })
  }
}

async function runToEnd(bench: WorkerBench, request: Parameters<WorkerBench['enqueue']>[0] = CHAIN) {
  const generationId = await bench.enqueue(request)
  let dueAt = await bench.run(await bench.claim())
  while (dueAt !== undefined) {
    await delay(Math.max(0, dueAt - Date.now()) + 2)
    dueAt = await bench.run(await bench.claim())
  }
  const events = await bench.events(generationId)
  return { events, answer: events.reduce(fold, emptyAnswer()) }
}

const typesOf = (events: readonly GenerationEvent[]) =>
  events.map((event) => (event.type === 'state' ? event.code : event.type))

test('a model that fails before its first word is followed by the next, in the same attempt and in the open', async () => {
  const { bench, models } = await openChain({ played: [failing({ kind: 'quota' })], second: [answering('ok')] })
  await using _ = bench
  const { events, answer } = await runToEnd(bench)
  expect(models()).toEqual(['played/m', 'second/m2'])
  expect(typesOf(events)).toEqual(['attempt-start', 'connecting', 'model-switch', 'connecting', 'text-delta', 'end'])
  expect(answer).toMatchObject({
    status: 'completed',
    attempt: 1,
    provider: 'second',
    model: 'm2',
    switchedFrom: { provider: 'played', model: 'm', reason: 'quota' },
  })
})

test.each(['auth', 'permission', 'model-not-found', 'quota', 'overloaded', 'network', 'bad-response'] as const)(
  'after %s the next is asked',
  async (kind) => {
    const { bench, models } = await openChain({ played: [failing({ kind })], second: [answering('ok')] })
    await using _ = bench
    await runToEnd(bench)
    expect(models()).toEqual(['played/m', 'second/m2'])
  },
)

test('what is wrong with the request, what was cancelled and what a filter ended stays with its model', async () => {
  const ends: Answering[] = [
    failing({ kind: 'bad-request' }),
    failing({ kind: 'cancelled' }),
    [{ type: 'finish', reason: 'content-filter' }],
  ]
  for (const play of ends) {
    const { bench, models } = await openChain({ played: [play], second: [answering('ok')] })
    await using _ = bench
    await runToEnd(bench)
    expect(models()).toEqual(['played/m'])
  }
})

test('once a word is visible nobody else goes on with the answer', async () => {
  const broken = [text('Half'), ...failing({ kind: 'server', retryable: true })]
  const { bench, models } = await openChain({ played: [broken], second: [answering('ok')] })
  await using _ = bench
  const { answer } = await runToEnd(bench)
  expect(models()).toEqual(['played/m'])
  expect(answer).toMatchObject({ status: 'failed', parts: [{ text: 'Half' }], error: { kind: 'server' } })
  expect(answer.switchedFrom).toBeUndefined()
})

test('the chain goes on to its end, and the last failure is the answer’s', async () => {
  const { bench, models } = await openChain({
    played: [failing({ kind: 'auth' })],
    second: [failing({ kind: 'quota' })],
    third: [failing({ kind: 'overloaded', message: 'the last' })],
  })
  await using _ = bench
  const { answer } = await runToEnd(bench)
  expect(models()).toEqual(['played/m', 'second/m2', 'third/m3'])
  expect(answer).toMatchObject({
    status: 'failed',
    error: { message: 'the last' },
    model: 'm3',
    switchedFrom: { model: 'm', reason: 'auth' },
  })
})

describe('patience', () => {
  test('a short Retry-After is waited for, a longer one is not where somebody else can be asked', async () => {
    const limit = (retryAfterMs: number) => failing({ kind: 'rate-limit', retryable: true, retryAfterMs })
    const short = await openChain({ played: [limit(20), answering('ok')], second: [answering('no')] })
    await using _ = short.bench
    expect(plainText((await runToEnd(short.bench)).answer.parts)).toBe('ok')
    const long = await openChain({ played: [limit(20_000)], second: [answering('ok')] })
    await using __ = long.bench
    const { answer, events } = await runToEnd(long.bench)
    expect(answer.switchedFrom?.reason).toBe('rate-limit')
    expect(typesOf(events)).not.toContain('waiting')
  })

  test('tries are over before the next is asked, and count anew there', async () => {
    const busy = failing({ retryable: true, retryAfterMs: 1 })
    const { bench, models } = await openChain({ played: [busy], second: [busy, busy, answering('ok')] })
    await using _ = bench
    const { answer } = await runToEnd(bench)
    expect(models()).toEqual([...Array<string>(4).fill('played/m'), ...Array<string>(3).fill('second/m2')])
    expect(answer).toMatchObject({ status: 'completed', attempt: 1, switchedFrom: { reason: 'overloaded' } })
  })

  test('nobody is asked any more when the time of the attempt is over', async () => {
    const { bench, models } = await openChain({ second: [answering('ok')] }, 1)
    await using _ = bench
    add(bench, {
      id: 'played',
      local: false,
      async *stream(_request, signal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        yield failing({ kind: 'cancelled' })
      },
    })
    const { answer } = await runToEnd(bench)
    expect(answer).toMatchObject({ status: 'failed', error: { kind: 'timeout' } })
    expect(models()).toEqual([])
  })
})

describe('who is passed over', () => {
  test('providers that are not there, and those without a key', async () => {
    const { bench, models } = await openChain({ played: [failing({})], third: [answering('ok')] })
    await using _ = bench
    add(bench, { id: 'second', local: false, needsKey: true, stream: () => fail() })
    const fallbacks = [{ provider: 'nobody', model: 'x' }, ...CHAIN.fallbacks]
    const { answer } = await runToEnd(bench, { fallbacks })
    expect(models()).toEqual(['played/m', 'third/m3'])
    expect(answer.status).toBe('completed')
  })

  test('after an overflow, whoever is known to take no more', async () => {
    const { bench, models } = await openChain({
      played: [failing({ kind: 'context-length' })],
      third: [answering('ok')],
    })
    await using _ = bench
    await know(bench, { played: { contextLength: 8_000 }, second: { contextLength: 8_000 }, third: {} })
    await runToEnd(bench)
    expect(models()).toEqual(['played/m', 'third/m3'])
  })

  test('where all are, the failure is that of the model that was asked', async () => {
    const { bench } = await openChain({ played: [failing({ kind: 'auth', message: 'No key.' })] })
    await using _ = bench
    const { answer } = await runToEnd(bench, { fallbacks: [{ provider: 'nobody', model: 'x' }] })
    expect(answer).toMatchObject({ status: 'failed', model: 'm', error: { message: 'No key.' } })
    expect(answer.switchedFrom).toBeUndefined()
  })
})

test('what is certain not to fit is not sent, and goes to a model that takes more', async () => {
  const { bench, models } = await openChain({
    played: [answering('no')],
    second: [answering('no')],
    third: [answering('ok')],
  })
  await using _ = bench
  await know(bench, {
    played: { contextLength: 1_000 },
    second: { contextLength: 1_200 },
    third: { contextLength: 100_000 },
  })
  const systemPrompt = 'word '.repeat(2_000)
  const { answer } = await runToEnd(bench, { ...CHAIN, systemPrompt })
  expect(models()).toEqual(['third/m3'])
  expect(answer).toMatchObject({ status: 'completed', switchedFrom: { model: 'm', reason: 'context-length' } })
  const { answer: alone } = await runToEnd(bench, { systemPrompt })
  expect(alone.error).toEqual({
    kind: 'context-length',
    message: 'The conversation has at least 1,500 tokens, and m takes 1,000.',
    retryable: false,
  })
  expect(models()).toEqual(['third/m3'])
})

describe('usage and cost', () => {
  const used = (usage: object): ProviderEvent => ({ type: 'usage', usage })
  const price = { input: 1, output: 10 }

  test('belong to the model that answered', async () => {
    const { bench } = await openChain({
      played: [[used({ inputTokens: 7, outputTokens: 7, costUsd: 9 }), ...failing({})]],
      second: [[text('ok'), used({ inputTokens: 1_000_000, outputTokens: 100_000 }), finish]],
    })
    await using _ = bench
    speakChat(bench, 'second')
    await know(bench, { played: { price: { input: 99, output: 99 } }, second: { price } })
    const { answer } = await runToEnd(bench)
    expect(answer.metrics.usage).toEqual({ inputTokens: 1_000_000, outputTokens: 100_000, costUsd: 2 })
  })

  test('of the model before are no more where the one that answers counts nothing', async () => {
    const { bench } = await openChain({
      played: [[used({ inputTokens: 7, outputTokens: 7 }), ...failing({})]],
      second: [answering('ok')],
    })
    await using _ = bench
    expect((await runToEnd(bench)).answer.metrics.usage).toBeUndefined()
  })

  test('are as billed where the vendor says it, and never guessed', async () => {
    const { bench } = await openChain({ played: [[text('ok'), used({ outputTokens: 5, costUsd: 3 }), finish]] })
    await using _ = bench
    speakChat(bench, 'played')
    await know(bench, { played: { price } })
    expect((await runToEnd(bench, {})).answer.metrics.usage).toEqual({ outputTokens: 5, costUsd: 3 })
    const unknown = await openChain({ played: [[text('ok'), used({ outputTokens: 5 }), finish]] })
    await using __ = unknown.bench
    speakChat(unknown.bench, 'played')
    expect((await runToEnd(unknown.bench, {})).answer.metrics.usage).toEqual({ outputTokens: 5 })
  })
})

test('what the first model left out is not said of the one that answers', async () => {
  const leftOut: ProviderEvent = { type: 'left-out', parameters: ['seed'] }
  const { bench } = await openChain({ played: [[leftOut, ...failing({})]], second: [answering('ok')] })
  await using _ = bench
  expect((await runToEnd(bench)).answer.leftOut).toBeUndefined()
})

describe('after a wait or a lost worker', () => {
  const busy = failing({ retryable: true, retryAfterMs: 1 })

  test('the attempt goes on with the model that it had come to', async () => {
    const { bench, models } = await openChain({ played: [failing({ kind: 'auth' })], second: [busy, answering('ok')] })
    await using _ = bench
    const { events, answer } = await runToEnd(bench)
    expect(models()).toEqual(['played/m', 'second/m2', 'second/m2'])
    expect(events.filter(({ type }) => type === 'model-switch')).toHaveLength(1)
    expect(answer).toMatchObject({ model: 'm2', switchedFrom: { model: 'm', reason: 'auth' } })
  })

  test('a later attempt names the model that was asked for, and goes on with the one that it had come to', async () => {
    const { bench, models } = await openChain({
      played: [failing({ kind: 'auth' })],
      second: [[{ type: 'provider-handle', handle: 'of second' }, text('Half')], answering('Whole')],
    })
    await using _ = bench
    const generationId = await bench.enqueue(CHAIN)
    const stop = new AbortController()
    const lost = bench.deps.providers.get('second')
    add(bench, {
      id: 'second',
      local: false,
      async *stream(request, signal) {
        yield* lost?.stream(request, signal) ?? []
        stop.abort('drain')
      },
    })
    await bench.run(await bench.claim(), stop.signal)
    if (lost) (bench.deps.providers as Map<string, Provider>).set('second', lost)
    await bench.run(await bench.claim())
    const events = await bench.events(generationId)
    const starts = events.flatMap((event, index) =>
      event.type === 'attempt-start' ? [[event, events[index + 1]]] : [],
    )
    expect(starts[1]).toMatchObject([
      { attempt: 2, reason: 'resumed', provider: 'played', model: 'm' },
      { type: 'model-switch', provider: 'second', model: 'm2', reason: 'auth' },
    ])
    expect(models()).toEqual(['played/m', 'second/m2', 'second/m2'])
    const answer = events.reduce(fold, emptyAnswer())
    expect(answer).toMatchObject({ status: 'completed', model: 'm2', switchedFrom: { model: 'm', reason: 'auth' } })
  })

  test('a handle of the model before is none of the fallback’s', async () => {
    const handle: ProviderEvent = { type: 'provider-handle', handle: 'of the first' }
    const { bench, asked } = await openChain({ played: [[handle, ...failing({ kind: 'server' })]] })
    await using _ = bench
    const stop = new AbortController()
    const resumes: unknown[] = []
    add(bench, {
      id: 'second',
      local: false,
      async *stream({ resume }) {
        resumes.push(resume)
        if (resumes.length === 1) stop.abort('drain')
        else yield answering('ok')
      },
    })
    const generationId = await bench.enqueue(CHAIN)
    await bench.run(await bench.claim(), stop.signal)
    await bench.run(await bench.claim())
    expect(asked).toHaveLength(1)
    expect(resumes).toEqual([undefined, undefined])
    const starts = (await bench.events(generationId)).filter(({ type }) => type === 'attempt-start')
    expect(starts).toMatchObject([{ reason: 'first' }, { reason: 'drained' }])
  })
})

function fail(): never {
  throw new Error('must not be asked')
}
