// @vitest-environment node
import { describe, expect, it } from 'vitest'
import type { MessageView } from '#protocol/api/messages.ts'
import { activePath, newestLeafBelow } from './message-tree.ts'

// q1 has two answers; the first of them goes on with q2 and a2.
const TREE = [
  message('q1', null, 'user'),
  message('a1', 'q1'),
  message('q2', 'a1', 'user'),
  message('a2', 'q2'),
  message('a1b', 'q1'),
]

describe('activePath', () => {
  it('leads from the root to the active leaf, with the versions of each message', () => {
    const path = activePath(TREE, 'a2')
    expect(path.map(({ message: { id } }) => id)).toEqual(['q1', 'a1', 'q2', 'a2'])
    expect(path[1]?.versions).toEqual(['a1', 'a1b'])
  })

  it('goes on to the newest leaf below an inner message', () => {
    expect(activePath(TREE, 'a1').at(-1)?.message.id).toBe('a2')
  })

  it('takes the newest branch when the leaf is not known', () => {
    expect(activePath(TREE, 'elsewhere').map(({ message: { id } }) => id)).toEqual(['q1', 'a1b'])
    expect(activePath(TREE, null).at(-1)?.message.id).toBe('a1b')
  })

  it('is empty without messages', () => {
    expect(activePath([], null)).toEqual([])
  })
})

describe('newestLeafBelow', () => {
  it('finds where one comes out when one chooses a version', () => {
    expect(newestLeafBelow(TREE, 'a1')).toBe('a2')
    expect(newestLeafBelow(TREE, 'a1b')).toBe('a1b')
  })
})

function message(id: string, parentId: string | null, role: 'user' | 'assistant' = 'assistant'): MessageView {
  const createdAt = '2026-01-01T00:00:00Z'
  return { id, conversationId: 'c', parentId, role, parts: [], createdAt, generation: null, answer: null }
}
