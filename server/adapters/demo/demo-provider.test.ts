import { describe, expect, test } from 'vitest'
import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { describeProviderContract } from '#server/ports/provider.contract.ts'
import { createDemoProvider } from './demo-provider.ts'
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
    ...(known === undefined ? {} : { resume: { handle: 'h', afterCharacters: known } }),
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

describe('scripts', () => {
  test('writes numbered tokens, one event each, at their times', async () => {
    const timed = await playTimed(request('script;tokens=4;delay=20;ttfb=500;stall=3000@2'))
    const tokens = timed.flatMap(({ event, atMs }) => (event.type === 'text-delta' ? [[event.text, atMs]] : []))
    expect(tokens).toEqual([
      ['t0 ', 500],
      ['t1 ', 520],
      ['t2 ', 3540],
      ['t3 ', 3560],
    ])
  })

  test('writes a given text', async () => {
    expect(textOf(await play(request(`script;text=${encodeURIComponent('a; **b** 😀')}`)))).toBe('a; **b** 😀')
  })

  test('as fast as possible is still in pieces', async () => {
    const provider = createDemoProvider()
    let batches = 0
    let text = ''
    for await (const batch of provider.stream(request('script;tokens=1000;delay=0'), new AbortController().signal)) {
      batches += 1
      text += textOf(batch)
    }
    expect(batches).toBeGreaterThan(10)
    expect(text).toBe(Array.from({ length: 1000 }, (_, index) => `t${index} `).join(''))
  })

  test('fails after some tokens, with the wait that it asks for', async () => {
    const events = await play(request('script;tokens=9;fail=rate-limit@2;retry-after=1.5'))
    expect(textOf(events)).toBe('t0 t1 ')
    const error = { kind: 'rate-limit', status: 429, retryable: true, retryAfterMs: 1500 }
    expect(events.at(-1)).toMatchObject({ type: 'error', error })
  })

  test('fails before the first token, after the time to it', async () => {
    const timed = await playTimed(request('script;ttfb=70;fail=overloaded'))
    expect(timed).toMatchObject([{ event: { type: 'error', error: { kind: 'overloaded' } }, atMs: 70 }])
  })

  test('fails only the first tries of each generation', async () => {
    const provider = createDemoProvider({ timer: createJumpingTimer() })
    const asked = request('script;tokens=2;fail=network;fail-times=2')
    const ends: (string | undefined)[] = []
    for (let round = 0; round < 4; round++) ends.push((await collect(provider.stream(asked, unaborted()))).at(-1)?.type)
    expect(ends).toEqual(['error', 'error', 'finish', 'finish'])
    const other = await collect(provider.stream({ ...asked, generationId: 'other' }, unaborted()))
    expect(other.at(-1)?.type).toBe('error')
  })

  test('a wrong directive is an error that names it', async () => {
    const events = await play(request('script;tokens=many'))
    expect(events).toMatchObject([{ type: 'error', error: { kind: 'bad-request', retryable: false } }])
    expect(JSON.stringify(events)).toContain('tokens=many')
  })

  test.each(['script;crash=2', 'script;hog=2'])('%s is refused where faults are not allowed', async (script) => {
    const error = { kind: 'bad-request', message: expect.stringContaining('ALLOW_DEMO_FAULTS') }
    expect(await play(request(script))).toMatchObject([{ type: 'error', error }])
  })

  test('crashes and takes memory where that is allowed', async () => {
    const written: string[] = []
    const faults = { crash: () => void written.push('crash'), hog: () => void written.push('hog') }
    const provider = createDemoProvider({ timer: createJumpingTimer(), faults })
    for await (const batch of provider.stream(request('script;tokens=4;crash=2;hog=3'), unaborted())) {
      written.push(textOf(batch))
    }
    expect(written.filter(Boolean)).toEqual(['t0 ', 't1 ', 'crash', 't2 ', 'hog', 't3 '])
  })
})

describe('resuming', () => {
  const asked = { ...request('script;text=The%20mill-race%20carries%20water.;think=2;handle=1') }

  test('gives a handle after thinking and before the text', async () => {
    const types = (await play(asked)).map((event) => event.type)
    expect(types.slice(0, 5)).toEqual([
      'reasoning-delta',
      'reasoning-delta',
      'reasoning-end',
      'provider-handle',
      'text-delta',
    ])
  })

  test('goes on after any number of characters with the very same text and no thinking', async () => {
    const whole = textOf(await play(asked))
    for (let afterCharacters = 0; afterCharacters <= whole.length; afterCharacters++) {
      const events = await play({ ...asked, resume: { handle: 'demo', afterCharacters } })
      expect(whole.slice(0, afterCharacters) + textOf(events)).toBe(whole)
      expect(events.some((event) => event.type.startsWith('reasoning'))).toBe(false)
      expect(events.at(-1)?.type).toBe('finish')
    }
  })

  test('a failure that the earlier attempt has passed does not come again', async () => {
    const failing = request('script;tokens=5;fail=server@2;handle=1')
    const events = await play({ ...failing, resume: { handle: 'demo', afterCharacters: 't0 t1 t2 '.length } })
    expect(textOf(events)).toBe('t3 t4 ')
    expect(events.at(-1)?.type).toBe('finish')
  })
})

test('an unknown model is an error', async () => {
  expect(await play(request('gpt'))).toMatchObject([{ type: 'error', error: { kind: 'model-not-found' } }])
})

function request(model: string, message = 'go'): ProviderRequest {
  return {
    model,
    systemPrompt: undefined,
    messages: [{ role: 'user', parts: [{ type: 'text', text: message }] }],
    parameters: {},
    generationId: 'generation',
  }
}

/** Nobody really waits: time jumps to each deadline. */
function createJumpingTimer(): Timer {
  let nowMs = 0
  const until = async (deadlineMs: number) => {
    nowMs = Math.max(nowMs, deadlineMs)
  }
  return { now: () => nowMs, alarm: () => ({ until, ring() {} }) }
}

async function play(asked: ProviderRequest): Promise<ProviderEvent[]> {
  return collect(createDemoProvider({ timer: createJumpingTimer() }).stream(asked, unaborted()))
}

async function playTimed(asked: ProviderRequest): Promise<{ event: ProviderEvent; atMs: number }[]> {
  const timer = createJumpingTimer()
  const timed: { event: ProviderEvent; atMs: number }[] = []
  for await (const batch of createDemoProvider({ timer }).stream(asked, unaborted())) {
    for (const event of batch) timed.push({ event, atMs: timer.now() })
  }
  return timed
}

async function collect(batches: AsyncIterable<readonly ProviderEvent[]>): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = []
  for await (const batch of batches) events.push(...batch)
  return events
}

function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
}

function unaborted(): AbortSignal {
  return new AbortController().signal
}
