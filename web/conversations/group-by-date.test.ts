// @vitest-environment node
import { expect, it } from 'vitest'
import type { ConversationView } from '#protocol/api/conversations.ts'
import { groupByDate } from './group-by-date.ts'

it('groups by the calendar days of the reader', () => {
  const now = new Date(2026, 5, 15, 0, 30)
  const at = (...time: [number, number, number, number]) => conversation(new Date(...time))
  const groups = groupByDate(
    [at(2026, 5, 15, 0), at(2026, 5, 14, 23), at(2026, 5, 12, 9), at(2026, 4, 20, 9), at(2026, 2, 1, 9)],
    now.getTime(),
  )
  expect(groups.map(({ label }) => label)).toEqual([
    'Today',
    'Yesterday',
    'Previous 7 days',
    'Previous 30 days',
    'March 2026',
  ])
})

function conversation(updatedAt: Date): ConversationView {
  const iso = updatedAt.toISOString()
  return {
    id: iso,
    title: null,
    activeLeafId: null,
    createdAt: iso,
    updatedAt: iso,
    running: 0,
    queued: 0,
    unread: false,
    revision: 1,
  }
}
