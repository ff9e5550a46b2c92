import { describe, expect, it, vi } from 'vitest'
import { ClientError } from '#client/client-error.ts'
import type { Followed, FollowOptions } from '#client/follow.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { plainText, type Answer } from '#protocol/messages.ts'
import { createRunningAnswer } from './running-answer.ts'

const EVENTS: GenerationEvent[] = [
  { type: 'attempt-start', at: 1, attempt: 1, reason: 'first', provider: 'p', model: 'm' },
  { type: 'text-delta', at: 2, text: 'water ' },
  { type: 'text-delta', at: 3, text: 'wheel' },
  { type: 'end', at: 4, status: 'completed' },
]

describe('createRunningAnswer', () => {
  it('folds what it follows, publishes the end at once and hands the answer on', async () => {
    const { answer, ended } = start(async function* () {
      yield { type: 'queued', position: 2 }
      yield* events(EVENTS)
    })
    answer.attach()
    const final = await ended
    expect(plainText(final.parts)).toBe('water wheel')
    expect(answer.store.getState()).toMatchObject({
      ended: true,
      queuedBefore: undefined,
      answer: { attemptReason: 'first' },
    })
    expect(answer.store.getState().answer).toBe(final)
  })

  it('publishes many events in few rounds', async () => {
    const many: GenerationEvent[] = Array.from({ length: 500 }, (_, index) => ({
      type: 'text-delta',
      at: index,
      text: 'x',
    }))
    const { answer, ended } = start(() => events([EVENTS[0]!, ...many, EVENTS.at(-1)!]))
    let publishes = 0
    answer.store.subscribe(() => (publishes += 1))
    answer.attach()
    expect(plainText((await ended).parts)).toHaveLength(500)
    expect(publishes).toBeLessThan(20)
  })

  it('goes on at its cursor when it is taken up again', async () => {
    const asked: (string | undefined)[] = []
    const { answer, ended } = start(async function* (_id, { after, signal }) {
      asked.push(after)
      if (after !== undefined) return yield* events(EVENTS.slice(2), 2)
      yield* events(EVENTS.slice(0, 2))
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    }, 0)
    const detach = answer.attach()
    await vi.waitFor(() => expect(plainText(answer.store.getState().answer.parts)).toBe('water '))
    detach()
    await new Promise((resolve) => setTimeout(resolve, 5))
    answer.attach()
    expect(plainText((await ended).parts)).toBe('water wheel')
    expect(asked).toEqual([undefined, '1-2'])
  })

  it('starts with an empty answer when the log starts again', async () => {
    const { answer, ended } = start(async function* () {
      yield* events([EVENTS[0]!, { type: 'text-delta', at: 2, text: 'other text' }])
      yield { type: 'restart' }
      yield* events(EVENTS)
    })
    answer.attach()
    expect(plainText((await ended).parts)).toBe('water wheel')
  })

  it('keeps what it has when it cannot be followed any more', async () => {
    const { answer } = start(async function* () {
      yield* events(EVENTS.slice(0, 2))
      throw new ClientError('log-dropped', { status: 410 })
    })
    answer.attach()
    await vi.waitFor(() => expect(answer.store.getState().error?.code).toBe('log-dropped'))
    expect(plainText(answer.store.getState().answer.parts)).toBe('water ')
  })

  it('says that it is stopping until the end is in the log, and takes it back when the wish got lost', async () => {
    const cancel = vi.fn().mockRejectedValueOnce(new ClientError('network'))
    const answer = createRunningAnswer({
      generationId: 'g',
      client: { follow: () => events([]), cancel, pause: vi.fn(), resume: vi.fn() },
      onEnd: () => undefined,
    })
    const stopping = answer.stop()
    expect(answer.store.getState().stopping).toBe(true)
    await expect(stopping).rejects.toMatchObject({ code: 'network' })
    await vi.waitFor(() => expect(answer.store.getState().stopping).toBe(false))
  })
})

type Follow = (generationId: string, options: FollowOptions) => AsyncIterable<Followed>

function start(follow: Follow, lingerMs?: number, pausedAt: string | null = null) {
  const { promise: ended, resolve } = Promise.withResolvers<Answer>()
  const client = { follow, cancel: vi.fn(), pause: vi.fn(), resume: vi.fn() }
  const answer = createRunningAnswer({
    generationId: 'g',
    client,
    pausedAt,
    onEnd: resolve,
    ...(lingerMs === undefined ? {} : { lingerMs }),
  })
  return { answer, client, ended }
}

async function* events(list: readonly GenerationEvent[], before = 0): AsyncGenerator<Followed> {
  for (const [index, event] of list.entries()) yield { type: 'event', cursor: `1-${before + index + 1}`, event }
}

describe('a running answer that is held', () => {
  const WRITTEN = EVENTS.slice(0, 2)

  it('shows no more than it showed when Pause was pressed, and tells the server the place', async () => {
    const { answer, client, go, ended } = paced(WRITTEN, EVENTS.slice(2))
    answer.attach()
    await vi.waitFor(() => expect(plainText(answer.store.getState().answer.parts)).toBe('water '))
    expect(await answer.pause()).toBe('1-2')
    expect(client.pause).toHaveBeenCalledWith('g', { at: '1-2' })
    const shown = answer.store.getState().answer
    go()
    expect(plainText((await ended).parts)).toBe('water wheel')
    expect(answer.store.getState()).toMatchObject({ paused: true, ended: true })
    expect(answer.store.getState().answer).toBe(shown)
    expect(await answer.resume()).toBeNull()
    expect(answer.store.getState()).toMatchObject({ paused: false, answer: await ended })
  })

  it('opens held where the server said, and goes on when the server says so', async () => {
    const { answer, ended } = start(() => events(EVENTS), undefined, '1-2')
    answer.attach()
    await ended
    expect(plainText(answer.store.getState().answer.parts)).toBe('water ')
    answer.setPausedAt(null)
    expect(plainText(answer.store.getState().answer.parts)).toBe('water wheel')
  })

  it('publishes what only counts a few times, however much comes', async () => {
    const many: GenerationEvent[] = Array.from({ length: 400 }, () => ({ type: 'text-delta', at: 3, text: 'x' }))
    const { answer, ended } = start(
      async function* () {
        for (const [index, event] of [...WRITTEN, ...many, EVENTS.at(-1)!].entries()) {
          if (index % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 20))
          yield { type: 'event', cursor: `1-${index + 1}`, event }
        }
      },
      undefined,
      '1-2',
    )
    const shown = new Set<Answer>()
    let publishes = 0
    answer.store.subscribe(({ answer: now }) => {
      publishes += 1
      shown.add(now)
    })
    answer.attach()
    await ended
    // The held text, what came of it in rounds, one count or two, and the end.
    expect(publishes).toBeLessThan(8)
    expect(shown.size).toBeLessThan(3)
  })

  it('goes on when Pause did not reach the server', async () => {
    const { answer, client } = paced(WRITTEN, [])
    client.pause.mockRejectedValueOnce(new ClientError('network'))
    answer.attach()
    await vi.waitFor(() => expect(plainText(answer.store.getState().answer.parts)).toBe('water '))
    await expect(answer.pause()).rejects.toMatchObject({ code: 'network' })
    expect(answer.store.getState().paused).toBe(false)
  })

  it('holds what has not begun at the place before the first event', async () => {
    const { answer, client } = paced([], [])
    await answer.pause()
    expect(client.pause).toHaveBeenCalledWith('g', { at: '0-0' })
  })
})

/** Follows the first events, and the others once `go` is called. */
function paced(first: readonly GenerationEvent[], then: readonly GenerationEvent[]) {
  const { promise: going, resolve: go } = Promise.withResolvers<void>()
  const started = start(async function* () {
    yield* events(first)
    await going
    yield* events(then, first.length)
  })
  return { ...started, go }
}
