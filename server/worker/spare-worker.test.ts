import { expect, test, vi } from 'vitest'
import type { Child, ChildMessage, SupervisorMessage } from './child.ts'
import { createSpareWorker } from './spare-worker.ts'

function starts() {
  const started: { child: Child; say: (message: ChildMessage) => void; die: () => void; sent: SupervisorMessage[] }[] =
    []
  const start = (say: (message: ChildMessage) => void) => {
    const { promise: exited, resolve: die } = Promise.withResolvers<void>()
    const sent: SupervisorMessage[] = []
    const child: Child = { exited, send: (message) => void sent.push(message), kill: () => die() }
    started.push({ child, say, die, sent })
    return { workerId: `spare-${started.length}`, child }
  }
  return { started, start }
}

const until = (check: () => void) => vi.waitFor(check, { interval: 1 })

test('the one that is ready is handed out once, told to work, and followed by another', async () => {
  const { started, start } = starts()
  const spare = createSpareWorker(start, 1)
  expect(spare.take()).toBeUndefined()
  await until(() => expect(started).toHaveLength(1))
  expect(spare.take()).toBeUndefined()
  started[0]?.say({ kind: 'ready' })
  expect(spare.take()).toMatchObject({ workerId: 'spare-1' })
  expect(started[0]?.sent).toEqual([{ kind: 'work' }])
  expect(spare.take()).toBeUndefined()
  await until(() => expect(started).toHaveLength(2))
  started[0]?.die()
  started[1]?.say({ kind: 'ready' })
  expect(spare.take()).toMatchObject({ workerId: 'spare-2' })
  await spare.stop()
})

test('one that dies while it stands by is never handed out, and replaced', async () => {
  const { started, start } = starts()
  const spare = createSpareWorker(start, 1)
  await until(() => expect(started).toHaveLength(1))
  started[0]?.say({ kind: 'ready' })
  started[0]?.die()
  await until(() => expect(started).toHaveLength(2))
  expect(spare.take()).toBeUndefined()
  await spare.stop()
})

test('once stopped it is ended, and none is started any more', async () => {
  const { started, start } = starts()
  const spare = createSpareWorker(start, 1)
  await until(() => expect(started).toHaveLength(1))
  started[0]?.say({ kind: 'ready' })
  await spare.stop()
  await started[0]?.child.exited
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(started).toHaveLength(1)
  expect(spare.take()).toBeUndefined()
})

test('one that has been silent for long is ended instead of being handed out', async () => {
  const { started, start } = starts()
  const spare = createSpareWorker(start, 1)
  await until(() => expect(started).toHaveLength(1))
  started[0]?.say({ kind: 'ready' })
  const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10_000)
  expect(spare.take()).toBeUndefined()
  now.mockRestore()
  await started[0]?.child.exited
  await until(() => expect(started).toHaveLength(2))
  started[1]?.say({ kind: 'ready' })
  expect(spare.take()).toMatchObject({ workerId: 'spare-2' })
  await spare.stop()
})
