import { expect, it, vi } from 'vitest'
import type { ConversationView } from '#protocol/api/conversations.ts'
import { createFeedToPage } from './feed-to-page.ts'

const CONVERSATION = { id: 'c' } as ConversationView

it('hands on what changed', () => {
  const { take, changed, removed, learn } = start()
  take({ type: 'conversation', conversation: CONVERSATION })
  take({ type: 'removed', id: 'd' })
  take({ type: 'open', at: 5 })
  expect(changed).toHaveBeenCalledExactlyOnceWith(CONVERSATION)
  expect(removed).toHaveBeenCalledExactlyOnceWith('d')
  expect(learn).toHaveBeenCalledExactlyOnceWith(5, expect.any(Number))
})

it('asks for what was not told, and for nothing when a connection goes on where the last one broke off', () => {
  const { take, reconcile } = start()
  take({ type: 'connection', state: 'open', resumed: true, revision: 7 })
  expect(reconcile).not.toHaveBeenCalled()
  take({ type: 'connection', state: 'open', resumed: false, revision: 7 })
  expect(reconcile).toHaveBeenCalledExactlyOnceWith(7)
})

it.each([
  ['network', undefined, [[false], [true]]],
  ['bad-response', 502, [[false], [true]]],
  ['too-many-streams', 429, [[true]]],
] as const)('knows whether anybody answers (%s)', (code, status, told) => {
  const { take, report } = start()
  take({ type: 'connection', state: 'lost', retryInMs: 1, error: { code, status } })
  take({ type: 'connection', state: 'open', resumed: true, revision: 1 })
  expect(report.mock.calls).toEqual(told)
})

function start() {
  const mocks = {
    changed: vi.fn(() => Promise.resolve()),
    removed: vi.fn(),
    reconcile: vi.fn(() => Promise.resolve()),
    report: vi.fn(),
    learn: vi.fn(),
  }
  const take = createFeedToPage({ cache: mocks, connection: mocks, serverClock: mocks })
  return { take, ...mocks }
}
