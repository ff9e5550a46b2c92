import { expect, test, vi } from 'vitest'
import type { Child, SupervisorMessage } from './child.ts'
import { keepAlive } from './keep-alive.ts'

const giveUp = new AbortController().signal

interface FakeChild extends Child {
  die(): void
  sent: SupervisorMessage[]
  killed: boolean
}

function fakeChild(): FakeChild {
  let die = () => {}
  const exited = new Promise<void>((resolve) => {
    die = resolve
  })
  const child: FakeChild = {
    exited,
    die,
    sent: [],
    killed: false,
    send: (message) => void child.sent.push(message),
    kill() {
      child.killed = true
      die()
    },
  }
  return child
}

test('a process that dies is replaced at once, and its death is acted on', async () => {
  const children: FakeChild[] = []
  const deaths: number[] = []
  const kept = keepAlive({
    start: () => children[children.push(fakeChild()) - 1]!,
    afterDeath: async () => void deaths.push(children.length),
    giveUp,
  })
  children[0]!.die()
  await vi.waitFor(() => expect(children).toHaveLength(2))
  expect(deaths).toHaveLength(1)
  const stopped = kept.stop({ kind: 'stop' }, 10_000)
  children[1]!.die()
  await stopped
})

test('a stop is not followed by a new start', async () => {
  const children: FakeChild[] = []
  const kept = keepAlive({
    start: () => children[children.push(fakeChild()) - 1]!,
    afterDeath: () => undefined,
    giveUp,
  })
  const stopped = kept.stop({ kind: 'drain' }, 10_000)
  expect(children[0]!.sent).toEqual([{ kind: 'drain' }])
  children[0]!.die()
  await stopped
  expect(children).toHaveLength(1)
})

test('what has said that it can never work is not started again', async () => {
  const unusable = new AbortController()
  const children: FakeChild[] = []
  const kept = keepAlive({
    start: () => children[children.push(fakeChild()) - 1]!,
    afterDeath: () => undefined,
    giveUp: unusable.signal,
  })
  unusable.abort()
  children[0]!.die()
  await kept.stop({ kind: 'stop' }, 10_000)
  expect(children).toHaveLength(1)
})

test('a process that does not end when asked is killed', async () => {
  const child = fakeChild()
  const kept = keepAlive({ start: () => child, afterDeath: () => undefined, giveUp })
  await kept.stop({ kind: 'stop' }, 20)
  expect(child.killed).toBe(true)
})

test('a process that keeps dying of its start is started ever less often', async () => {
  vi.useFakeTimers()
  try {
    let starts = 0
    const kept = keepAlive({
      start() {
        starts++
        const child = fakeChild()
        child.die()
        return child
      },
      afterDeath: () => undefined,
      giveUp,
    })
    await vi.advanceTimersByTimeAsync(3_000)
    expect(starts).toBeGreaterThan(2)
    expect(starts).toBeLessThan(10)
    void kept.stop({ kind: 'stop' }, 1)
    await vi.advanceTimersByTimeAsync(10)
  } finally {
    vi.useRealTimers()
  }
})
