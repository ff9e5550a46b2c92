import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPageLife } from './page-life.ts'

beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.clear()
})
afterEach(() => vi.useRealTimers())

it('is the same tab after a reload, and another page', () => {
  const before = openPage('page-1')
  const after = openPage('page-2')
  expect([before.tab, after.tab]).toEqual(['page-1', 'page-1'])
  expect(after.id).toBe('page-2')
})

it('tells that a page has gone once it lets go, after the time that a reload takes', async () => {
  const locks = createLocks()
  const leave = openPage('a', locks).stay()
  const gone = vi.fn()
  openPage('b', locks).whenGone('a', gone)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(gone).not.toHaveBeenCalled()
  leave()
  await vi.advanceTimersByTimeAsync(2900)
  expect(gone).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(200)
  expect(gone).toHaveBeenCalledOnce()
})

it('does not take a page for gone that was idle and has something to do again', async () => {
  const locks = createLocks()
  const page = openPage('a', locks)
  const rest = page.stay()
  const gone = vi.fn()
  openPage('b', locks).whenGone('a', gone)
  rest()
  await vi.advanceTimersByTimeAsync(1000)
  const leave = page.stay()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(gone).not.toHaveBeenCalled()
  leave()
  await vi.advanceTimersByTimeAsync(3100)
  expect(gone).toHaveBeenCalledOnce()
})

it('takes a page for gone after a minute where the browser has no locks', async () => {
  const gone = vi.fn()
  openPage('b').whenGone('a', gone)
  await vi.advanceTimersByTimeAsync(59_000)
  expect(gone).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(2000)
  expect(gone).toHaveBeenCalledOnce()
})

function openPage(id: string, locks?: LockManager) {
  return createPageLife({ session: sessionStorage, newId: () => id, locks })
}

/** Grants a lock once the one before has let go of it, or says at once that it cannot. */
function createLocks(): LockManager {
  const last = new Map<string, Promise<unknown>>()
  const held = new Set<string>()
  const request = async (name: string, ...rest: unknown[]) => {
    const callback = rest.at(-1) as (lock: object | null) => unknown
    if (rest.length > 1 && (rest[0] as LockOptions).ifAvailable) return callback(held.has(name) ? null : {})
    const hold = async () => {
      held.add(name)
      await callback({})
      held.delete(name)
    }
    const granted = (last.get(name) ?? Promise.resolve()).then(hold)
    last.set(name, granted)
    return granted
  }
  return { request } as unknown as LockManager
}
