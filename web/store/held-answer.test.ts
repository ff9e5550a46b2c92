// @vitest-environment node
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from '#test/property-runs.ts'
import { LOG_START, type Cursor } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import { plainText, type Answer } from '#protocol/messages.ts'
import { createHeldAnswer, waitingTokens } from './held-answer.ts'

const begin = (attempt: number, reason: 'first' | 'worker-lost' | 'resumed' = 'worker-lost'): GenerationEvent => ({
  type: 'attempt-start',
  at: 1,
  attempt,
  reason,
  provider: 'p',
  model: 'm',
})
const write = (text: string, pieces = 1): GenerationEvent => ({ type: 'text-delta', at: 2, text, pieces })
const END: GenerationEvent = { type: 'end', at: 3, status: 'completed' }

describe('createHeldAnswer', () => {
  it('shows what comes up to its cursor and lets the rest wait', () => {
    const held = taken({ epoch: 1, seq: 2 }, [begin(1, 'first'), write('water '), write('wheel'), END])
    expect(plainText(held.shown().parts)).toBe('water ')
    expect(plainText(held.received().parts)).toBe('water wheel')
    expect([held.shown().status, held.received().status]).toEqual(['running', 'completed'])
    held.holdAt(null)
    expect(held.shown()).toBe(held.received())
  })

  it('takes nothing back that was shown, and shows more when the cursor moves on', () => {
    const held = taken(null, [begin(1, 'first'), write('a'), write('b')])
    held.holdAt({ epoch: 1, seq: 1 })
    held.take({ epoch: 1, seq: 4 }, write('c'))
    held.take({ epoch: 1, seq: 5 }, write('d'))
    expect(plainText(held.shown().parts)).toBe('ab')
    held.holdAt({ epoch: 1, seq: 4 })
    expect(plainText(held.shown().parts)).toBe('abc')
    expect(held.shownTo()).toEqual({ epoch: 1, seq: 4 })
  })

  it('shows nothing of a text that a later epoch wrote at a place before its cursor', () => {
    const held = taken({ epoch: 1, seq: 3 }, [begin(1, 'first'), write('a')])
    held.take({ epoch: 2, seq: 3 }, begin(2))
    expect(held.shown()).toMatchObject({ attempt: 1, parts: [{ text: 'a' }] })
  })

  it('keeps the text of an attempt that was superseded meanwhile, and then shows the truth', () => {
    const held = taken({ epoch: 1, seq: 2 }, [begin(1, 'first'), write('old')])
    held.take({ epoch: 2, seq: 3 }, begin(2))
    held.take({ epoch: 2, seq: 4 }, write('new'))
    expect(plainText(held.shown().parts)).toBe('old')
    held.holdAt(null)
    expect(plainText(held.shown().parts)).toBe('new')
    expect(held.shown().superseded).toMatchObject([{ attempt: 1, parts: [{ text: 'old' }] }])
  })

  it('keeps what it holds while the log comes again from its start', () => {
    const held = taken(null, [begin(1, 'first'), write('seen')])
    held.holdAt({ epoch: 1, seq: 2 })
    held.restart()
    held.take({ epoch: 1, seq: 1 }, begin(1, 'first'))
    held.take({ epoch: 3, seq: 2 }, write('other'))
    expect(plainText(held.shown().parts)).toBe('seen')
    held.holdAt(null)
    expect(plainText(held.shown().parts)).toBe('other')
    expect(held.shownTo()).toEqual({ epoch: 3, seq: 2 })
  })

  const { parameters, timeoutMs } = propertyRuns(400)
  it(
    'is always what was shown before or more of it, and with what waits everything that was received',
    () => {
      fc.assert(fc.property(fc.array(step(), { maxLength: 60 }), check), parameters)
    },
    timeoutMs,
  )
})

describe('waitingTokens', () => {
  const of = (events: GenerationEvent[], heldAt: number) => {
    const held = taken({ epoch: 1, seq: heldAt }, events)
    return waitingTokens(held.shown(), held.received())
  }

  it('counts the pieces of what waits, thinking included', () => {
    const thought: GenerationEvent = { type: 'reasoning-delta', at: 2, text: 'hm', pieces: 3 }
    expect(of([begin(1, 'first'), write('a', 5), thought, write('b', 40), END], 2)).toBe(43)
    expect(of([begin(1, 'first'), write('a', 5), END], 3)).toBe(0)
  })

  it('counts only the attempt that would be shown', () => {
    expect(of([begin(1, 'first'), write('a', 5), write('lost', 7), begin(2), write('b', 2)], 2)).toBe(2)
    expect(of([begin(1, 'first'), write('a', 5), begin(2, 'resumed'), write('b', 2)], 2)).toBe(2)
  })
})

type Step =
  | { type: 'event'; event: GenerationEvent }
  | { type: 'epoch' }
  | { type: 'hold'; back: number }
  | { type: 'go' }

function step(): fc.Arbitrary<Step> {
  const event = fc.oneof(
    { weight: 8, arbitrary: fc.string({ maxLength: 3 }).map((text) => write(text)) },
    fc.constant(begin(2)),
    fc.constant(begin(3, 'resumed')),
    fc.constant<GenerationEvent>({ type: 'reasoning-delta', at: 2, text: 'hm' }),
    fc.constant<GenerationEvent>({ type: 'state', at: 2, code: 'recovering' }),
  )
  return fc.oneof(
    { weight: 8, arbitrary: event.map((value): Step => ({ type: 'event', event: value })) },
    fc.constant<Step>({ type: 'epoch' }),
    { weight: 2, arbitrary: fc.nat(6).map((back): Step => ({ type: 'hold', back })) },
    fc.constant<Step>({ type: 'go' }),
  )
}

/** Holds are set at the newest event or some before it, as readers on other pages see fewer. */
function check(steps: readonly Step[]): void {
  const held = createHeldAnswer(null)
  const log: { cursor: Cursor; event: GenerationEvent }[] = []
  let epoch = 1
  let hold: Cursor | null = null
  let shownCount = 0
  for (const now of steps) {
    if (now.type === 'epoch') epoch += 1
    else if (now.type === 'event') {
      log.push({ cursor: { epoch, seq: log.length + 1 }, event: now.event })
      held.take(log.at(-1)!.cursor, now.event)
      if (hold === null) shownCount = log.length
    } else {
      const seen = log.at(-1 - (now.type === 'hold' ? now.back : 0))?.cursor ?? LOG_START
      hold = now.type === 'go' ? null : seen
      held.holdAt(hold)
      shownCount = hold === null ? log.length : Math.max(shownCount, hold.seq)
    }
    expect(held.shown()).toEqual(foldAll(log.slice(0, shownCount).map(({ event }) => event)))
    expect(log.slice(shownCount).reduce((answer, { event }) => fold(answer, event), held.shown())).toEqual(
      held.received(),
    )
    expect(held.shownTo()).toEqual(log[shownCount - 1]?.cursor ?? LOG_START)
  }
  expect(held.received()).toEqual(foldAll(log.map(({ event }) => event)))
}

function foldAll(events: readonly GenerationEvent[]): Answer {
  return events.reduce(fold, emptyAnswer())
}

function taken(at: Cursor | null, events: readonly GenerationEvent[]) {
  const held = createHeldAnswer(at)
  for (const [index, event] of events.entries()) held.take({ epoch: 1, seq: index + 1 }, event)
  return held
}
