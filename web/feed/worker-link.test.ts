import { expect, it, vi } from 'vitest'
import { openWorkerLink, type WorkerLike } from './worker-link.ts'

it('speaks with the worker, and starts it again when it is to be revived', () => {
  const { ports, start } = workers()
  const listener = vi.fn()
  const link = openWorkerLink(listener, start)
  link.post({ type: 'hello' })
  expect(ports[0]!.posted).toEqual([{ type: 'ping' }, { type: 'hello' }])
  ports[0]!.onmessage?.({ data: { type: 'alive', hostId: 'h' } } as MessageEvent)
  expect(listener).toHaveBeenCalledExactlyOnceWith({ type: 'alive', hostId: 'h' })
  link.revive()
  expect(ports[0]!.closed).toBe(true)
  expect(ports[1]!.posted).toEqual([{ type: 'ping' }])
})

it('says goodbye when the page goes', () => {
  const { ports, start } = workers()
  openWorkerLink(() => undefined, start)
  window.dispatchEvent(new Event('pagehide'))
  expect(ports[0]!.posted.at(-1)).toEqual({ type: 'bye' })
})

it('stays silent where workers are forbidden', () => {
  const link = openWorkerLink(
    () => undefined,
    () => {
      throw new DOMException('', 'SecurityError')
    },
  )
  expect(() => link.post({ type: 'hello' })).not.toThrow()
  expect(() => link.revive()).not.toThrow()
})

function workers() {
  const ports: (WorkerLike['port'] & { posted: unknown[]; closed: boolean })[] = []
  const start = (): WorkerLike => {
    const posted: unknown[] = []
    const port = {
      posted,
      closed: false,
      onmessage: null,
      postMessage: (message: unknown) => void posted.push(message),
      close: () => void (port.closed = true),
    }
    ports.push(port)
    return { port }
  }
  return { ports, start }
}
