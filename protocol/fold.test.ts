import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { piecesOf, type GenerationEvent } from './events.ts'
import { emptyAnswer, fold } from './fold.ts'
import { plainText, type Answer } from './messages.ts'

const error = { kind: 'worker-lost', message: '', retryable: true } as const

function start(attempt: number, reason: 'first' | 'worker-lost' | 'resumed' = 'first', at = 0): GenerationEvent {
  return { type: 'attempt-start', at, attempt, reason, provider: 'demo', model: 'chat' }
}

function text(value: string, at = 0): GenerationEvent {
  return { type: 'text-delta', at, text: value }
}

function foldAll(events: GenerationEvent[]): Answer {
  return events.reduce(fold, emptyAnswer())
}

test('deltas of one kind make one part', () => {
  const answer = foldAll([start(1), text('Hel'), text('lo')])
  expect(answer.parts).toEqual([{ type: 'text', text: 'Hello' }])
  expect(answer.status).toBe('running')
})

test('reasoning closes when text follows, and keeps its times', () => {
  const answer = foldAll([
    start(1),
    { type: 'reasoning-delta', at: 10, text: 'hm' },
    { type: 'reasoning-delta', at: 20, text: 'm' },
    text('Yes', 35),
  ])
  expect(answer.parts).toEqual([
    { type: 'reasoning', text: 'hmm', startedAt: 10, endedAt: 35 },
    { type: 'text', text: 'Yes' },
  ])
  expect(answer.metrics.firstTokenAt).toBe(10)
})

test('the signature of a reasoning part is kept with it', () => {
  const answer = foldAll([
    start(1),
    { type: 'reasoning-delta', at: 1, text: 'a' },
    { type: 'reasoning-end', at: 2, providerMetadata: { signature: 's1' } },
    { type: 'reasoning-delta', at: 3, text: 'b' },
  ])
  expect(answer.parts).toEqual([
    { type: 'reasoning', text: 'a', startedAt: 1, endedAt: 2, providerMetadata: { signature: 's1' } },
    { type: 'reasoning', text: 'b', startedAt: 3 },
  ])
})

describe('attempts', () => {
  test('a new attempt supersedes what the earlier one wrote and keeps it', () => {
    const answer = foldAll([start(1), text('first try'), start(2, 'worker-lost'), text('second')])
    expect(plainText(answer.parts)).toBe('second')
    expect(answer.superseded).toEqual([{ attempt: 1, parts: [{ type: 'text', text: 'first try' }], pieces: 1 }])
    expect(answer.attempt).toBe(2)
  })

  test('an attempt that wrote nothing leaves no version behind', () => {
    expect(foldAll([start(1), start(2, 'worker-lost'), text('x')]).superseded).toEqual([])
  })

  test('a resumed attempt goes on in the same text', () => {
    const answer = foldAll([start(1), text('one '), start(2, 'resumed'), text('two')])
    expect(plainText(answer.parts)).toBe('one two')
    expect(answer.superseded).toEqual([])
  })

  test('an answer remembers why its current attempt was started', () => {
    expect(foldAll([start(1), text('a'), start(2, 'worker-lost')]).attemptReason).toBe('worker-lost')
  })

  test('usage of a superseded attempt is not that of the answer', () => {
    const usage: GenerationEvent = { type: 'usage', at: 0, usage: { outputTokens: 9 } }
    expect(foldAll([start(1), text('a'), usage, start(2, 'worker-lost')]).metrics.usage).toBeUndefined()
  })

  test('a final failure keeps the longest attempt and the others as versions', () => {
    const answer = foldAll([
      start(1),
      text('short'),
      start(2, 'worker-lost'),
      text('the longest of them'),
      start(3, 'worker-lost'),
      text('mid size'),
      { type: 'end', at: 9, status: 'failed', error },
    ])
    expect(plainText(answer.parts)).toBe('the longest of them')
    expect(answer.superseded.map(({ attempt }) => attempt)).toEqual([1, 3])
    expect(answer.keptAttempt).toBe(2)
  })
})

describe('the pieces that the model wrote', () => {
  test('are counted, joined or not, thinking and refusal included, and other events are none', () => {
    const answer = foldAll([
      start(1),
      { type: 'reasoning-delta', at: 1, text: 'hm', pieces: 3 },
      text('a'),
      { type: 'tool-call', at: 2, toolCallId: 'c', name: 'n', arguments: '{}' },
      { type: 'refusal-delta', at: 3, text: 'no', pieces: 2 },
    ])
    expect(answer.metrics.pieces).toBe(6)
  })

  test('of an answer that has none are not told', () => {
    expect(foldAll([start(1)]).metrics.pieces).toBeUndefined()
  })

  test('of a superseded attempt go with it, and a resumed attempt goes on counting', () => {
    const before = [start(1), text('a'), text('b'), start(2, 'worker-lost'), text('c')]
    expect(foldAll(before)).toMatchObject({ metrics: { pieces: 1 }, superseded: [{ pieces: 2 }] })
    expect(foldAll([...before, start(3, 'resumed'), text('d')]).metrics.pieces).toBe(2)
  })

  test('are those of the attempt that is kept after a final failure', () => {
    const end: GenerationEvent = { type: 'end', at: 9, status: 'failed', error }
    const answer = foldAll([start(1), text('long'), text(' and long'), start(2, 'worker-lost'), text('x'), end])
    expect(answer).toMatchObject({ metrics: { pieces: 2 }, superseded: [{ attempt: 2, pieces: 1 }] })
  })
})

test('a wait shows until when and why, and the next token ends it', () => {
  const rateLimit = { kind: 'rate-limit', message: 'slow down', retryable: true } as const
  const waiting = foldAll([
    start(1),
    { type: 'state', at: 5, code: 'waiting', untilMs: 900, tryNumber: 2, error: rateLimit },
  ])
  expect(waiting.status).toBe('waiting')
  expect(waiting.phase).toEqual({ code: 'waiting', untilMs: 900, tryNumber: 2, error: rateLimit })
  const writing = fold(waiting, text('go'))
  expect(writing.status).toBe('running')
  expect(writing.phase).toBeUndefined()
})

test('P5: an attempt that was stopped before its first word keeps what an earlier one had shown', () => {
  const lost = [start(1), text('seen by all'), start(2, 'worker-lost')]
  const stop: GenerationEvent = { type: 'end', at: 9, status: 'cancelled', cancelledBy: 'user' }
  const answer = foldAll([...lost, stop])
  expect(plainText(answer.parts)).toBe('seen by all')
  expect(answer).toMatchObject({ status: 'cancelled', keptAttempt: 1, superseded: [], metrics: { pieces: 1 } })
  expect(plainText(foldAll([...lost, text('new'), stop]).parts)).toBe('new')
})

test('a cancelled answer keeps its text, who stopped it and when the model was let go', () => {
  const answer = foldAll([
    start(1),
    text('part'),
    { type: 'end', at: 50, status: 'cancelled', cancelledBy: 'user', upstreamClosedAt: 49 },
  ])
  expect(plainText(answer.parts)).toBe('part')
  expect(answer).toMatchObject({ status: 'cancelled', cancelledBy: 'user', upstreamClosedAt: 49 })
})

test('an event type of a newer version changes nothing', () => {
  const before = foldAll([start(1), text('a')])
  expect(fold(before, { type: 'hologram', at: 1 } as unknown as GenerationEvent)).toBe(before)
})

test('joining deltas never changes the folded text, whatever stands between them', () => {
  const piece = fc.oneof(
    fc.string().map((value) => text(value)),
    fc.string().map((value): GenerationEvent => ({ type: 'reasoning-delta', at: 0, text: value })),
    fc.constant(start(2, 'worker-lost')),
  )
  fc.assert(
    fc.property(fc.array(piece), (events) => {
      const joined: GenerationEvent[] = []
      for (const event of events) {
        const last = joined.at(-1)
        if (last?.type === 'text-delta' && event.type === 'text-delta') {
          const pieces = piecesOf(last) + piecesOf(event)
          joined[joined.length - 1] = { ...last, text: last.text + event.text, pieces }
        } else joined.push(event)
      }
      expect(foldAll(joined)).toEqual(foldAll(events))
    }),
  )
})

test('folding never changes the answer it was given', () => {
  const before = foldAll([start(1), text('a')])
  const copy = structuredClone(before)
  fold(before, text('b'))
  fold(before, start(2, 'worker-lost'))
  fold(before, { type: 'end', at: 1, status: 'completed' })
  expect(before).toEqual(copy)
})
