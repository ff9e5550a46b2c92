import { describe, expect, test } from 'vitest'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { describeProviderContract } from '#server/ports/provider.contract.ts'
import { createDemoProvider } from './demo-provider.ts'
import { play, playTimed, request, textOf } from './play.fixture.ts'
import type { Timer } from './shared-timer.ts'

describeProviderContract('demo', async () => ({
  provider: createDemoProvider({ firstTokenMs: 1 }),
  answering: request('script;tokens=5;delay=1'),
  endless: request('script;tokens=1000;delay=15'),
  silent: request('script;ttfb=20000'),
  failing: request('script;tokens=5;delay=1;fail=server@2'),
  close: async () => {},
}))

describe('answers by keyword', () => {
  test.each([
    ['hello', 'Hello|Hi there|Hey'],
    ['Hi!', 'Hello|Hi there|Hey'],
    ['hey, you', 'Hello|Hi there|Hey'],
    ['Please EXPLAIN yourself', 'How workers keep the server responsive'],
    ['what is streaming?', 'How streaming works'],
    ['show me code', '```typescript'],
    ['why do cats purr', 'cats and purr'],
    ['Should I move to Lisbon next year?', 'move, Lisbon and year'],
  ])('%s', async (message, expected) => {
    const text = textOf(await play(request('chat', message)))
    expect(text).toMatch(new RegExp(expected))
    expect(text).toContain('**demo model**')
  })

  test('a keyword inside another word is none', async () => {
    expect(textOf(await play(request('chat', 'this unicode thing')))).toContain('unicode')
  })

  test('what the person wrote cannot format the reply', async () => {
    const text = textOf(await play(request('chat', '<img src=x> [click](javascript:alert) `tick` **bold** $&')))
    expect(text).not.toMatch(/<img|\]\(|tick`|\$&/)
  })

  test('the last question of the person counts', async () => {
    const asked = request('chat', 'hello')
    const messages = [
      ...asked.messages,
      { role: 'assistant' as const, parts: [{ type: 'text' as const, text: 'code' }] },
      { role: 'user' as const, parts: [{ type: 'text' as const, text: 'streaming' }] },
    ]
    expect(textOf(await play({ ...asked, messages }))).toContain('How streaming works')
  })
})

describe('thinking', () => {
  test.each([
    ['thinking', undefined, true],
    ['chat', true, true],
    ['chat', undefined, false],
    ['thinking', false, false],
  ])('model %s with thinking %s', async (model, thinking, expected) => {
    const asked = request(model, 'explain')
    const events = await play(thinking === undefined ? asked : { ...asked, parameters: { thinking } })
    const types = [...new Set(events.map((event) => event.type))]
    const phase = expected ? ['reasoning-delta', 'reasoning-end'] : []
    expect(types).toEqual([...phase, 'text-delta', 'usage', 'finish'])
  })
})

describe('the same generation', () => {
  test('writes the same again at the same times, and another one writes otherwise', async () => {
    const asked = request('thinking', 'a question about rivers')
    expect(await playTimed(asked)).toEqual(await playTimed(asked))
    const others = await Promise.all(
      ['b', 'c', 'd', 'e'].map(async (generationId) => textOf(await play({ ...asked, generationId }))),
    )
    expect(new Set(others).size).toBeGreaterThan(1)
  })

  test('a seed overrides its id', async () => {
    const asked = { ...request('chat', 'a question about rivers'), parameters: { seed: 5 } }
    expect(await playTimed({ ...asked, generationId: 'b' })).toEqual(await playTimed(asked))
  })
})

test('speaks at forty to sixty tokens a second', async () => {
  for (const generationId of ['a', 'b', 'c', 'd', 'e']) {
    const timed = await playTimed({ ...request('chat', 'explain'), generationId })
    const tokens = timed.filter(({ event }) => event.type === 'text-delta')
    const seconds = ((tokens.at(-1)?.atMs ?? 0) - (tokens[0]?.atMs ?? 0)) / 1000
    expect((tokens.length - 1) / seconds).toBeGreaterThan(40)
    expect((tokens.length - 1) / seconds).toBeLessThan(60)
  }
})

test('delays do not add up: what a slow reader missed comes at once', async () => {
  let nowMs = 0
  const timer: Timer = { now: () => nowMs, alarm: () => ({ until: async () => {}, ring() {} }) }
  const provider = createDemoProvider({ timer })
  const batches: number[] = []
  for await (const batch of provider.stream(request('script;tokens=100;delay=10'), new AbortController().signal)) {
    batches.push(batch.filter((event) => event.type === 'text-delta').length)
    nowMs = 300
  }
  expect(batches).toEqual([1, 30, 1, ...Array<number>(68).fill(1), 0])
})

test('counts what it wrote', async () => {
  const events = await play(request('script;tokens=8;think=3', 'four words are here'))
  expect(events.at(-2)).toEqual({
    type: 'usage',
    usage: { inputTokens: 4, outputTokens: 11, reasoningTokens: 3 },
  })
})

test.each([
  ['in the text', 'script;tokens=8;think=3;delay=1;stall=60000@2', undefined, 5, 5],
  ['before its first token', 'script;tokens=8;think=3;ttfb=60000', undefined, 0, 0],
  ['after it was resumed within a token', 'script;tokens=8;think=3;delay=1;stall=60000@4', 4, 3, 7],
])('that is stopped %s says what was used until then, last before the end', async (_name, model, known, now, used) => {
  const stop = new AbortController()
  const asked = {
    ...request(model),
    ...(known === undefined ? {} : { resume: { handle: 'h', afterCharacters: known, afterReasoningCharacters: 0 } }),
  }
  const events: ProviderEvent[] = []
  let written = 0
  if (now === 0) setImmediate(() => stop.abort())
  for await (const batch of createDemoProvider().stream(asked, stop.signal)) {
    events.push(...batch)
    written += batch.filter((event) => 'text' in event).length
    if (written === now) stop.abort()
  }
  const usage = { inputTokens: 1, outputTokens: used, reasoningTokens: Math.min(used, 3) }
  expect(events.slice(-2)).toMatchObject([
    { type: 'usage', usage },
    { type: 'error', error: { kind: 'cancelled' } },
  ])
})

test('stops at the limit of tokens, thinking included', async () => {
  const asked = { ...request('script;tokens=8;think=3'), parameters: { maxOutputTokens: 5 } }
  const events = await play(asked)
  expect(textOf(events)).toBe('t0 t1 ')
  expect(events.at(-2)).toMatchObject({ usage: { outputTokens: 5 } })
  expect(events.at(-1)).toEqual({ type: 'finish', reason: 'length' })
})

test('stops before a stop sequence', async () => {
  const asked = { ...request('script;tokens=8'), parameters: { stop: ['t9', '4 t5'] } }
  const events = await play(asked)
  expect(textOf(events)).toBe('t0 t1 t2 t3 t')
  expect(events.at(-1)).toEqual({ type: 'finish', reason: 'stop' })
})

test('an unknown model is an error', async () => {
  expect(await play(request('gpt'))).toMatchObject([{ type: 'error', error: { kind: 'model-not-found' } }])
})
