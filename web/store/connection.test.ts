// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createConnection } from './connection.ts'

describe('createConnection', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('notices a request that finds nobody, and asks until somebody answers', async () => {
    const server = { up: false }
    const { connection } = start(server)
    await connection.fetch('/api/v1/models').catch(() => undefined)
    expect(connection.store.getState()).toBe('unreachable')
    await vi.advanceTimersByTimeAsync(5000)
    expect(connection.store.getState()).toBe('unreachable')
    server.up = true
    await vi.advanceTimersByTimeAsync(2500)
    expect(connection.store.getState()).toBe('ok')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('takes the word of those who do not ask through it', async () => {
    const { connection } = start({ up: false })
    connection.report(false)
    expect(connection.store.getState()).toBe('unreachable')
    connection.report(true)
    expect(connection.store.getState()).toBe('ok')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('asks at once when the page wakes up', async () => {
    const server = { up: false }
    const { connection, wake } = start(server)
    await connection.fetch('/').catch(() => undefined)
    server.up = true
    wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(connection.store.getState()).toBe('ok')
  })

  it('does not take a request that was called off for a failure', async () => {
    const { connection } = start({ up: false })
    await connection.fetch('/', { signal: AbortSignal.abort() }).catch(() => undefined)
    expect(connection.store.getState()).toBe('ok')
  })

  it('takes a proxy that finds nobody behind it for nobody', async () => {
    const { connection } = start({ up: true, status: 502 })
    await connection.fetch('/')
    expect(connection.store.getState()).toBe('unreachable')
  })
})

function start(server: { up: boolean; status?: number }) {
  const listeners = new Set<() => void>()
  const connection = createConnection({
    fetch: async () => {
      if (!server.up) throw new TypeError('nobody')
      return new Response(null, { status: server.status ?? 200 })
    },
    onWake: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  })
  return { connection, wake: () => listeners.forEach((listener) => listener()) }
}
