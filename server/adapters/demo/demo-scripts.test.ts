import { describe, expect, test } from 'vitest'
import { createDemoProvider } from './demo-provider.ts'
import { collect, createJumpingTimer, play, playTimed, request, textOf, unaborted } from './play.fixture.ts'

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
      const events = await play({ ...asked, resume: { handle: 'demo', afterCharacters, afterReasoningCharacters: 0 } })
      expect(whole.slice(0, afterCharacters) + textOf(events)).toBe(whole)
      expect(events.some((event) => event.type.startsWith('reasoning'))).toBe(false)
      expect(events.at(-1)?.type).toBe('finish')
    }
  })

  test('a failure that the earlier attempt has passed does not come again', async () => {
    const failing = request('script;tokens=5;fail=server@2;handle=1')
    const events = await play({
      ...failing,
      resume: { handle: 'demo', afterCharacters: 't0 t1 t2 '.length, afterReasoningCharacters: 0 },
    })
    expect(textOf(events)).toBe('t3 t4 ')
    expect(events.at(-1)?.type).toBe('finish')
  })
})
