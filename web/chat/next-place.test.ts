// @vitest-environment node
import { describe, expect, it } from 'vitest'
import type { MessageView, QueuedTurnView } from '#protocol/api/messages.ts'
import type { PathEntry } from '../store/message-tree.ts'
import type { OutboxItem } from '../store/outbox-item.ts'
import { nextPlace } from './next-place.ts'

const ENDED = [entry('q', 'user', null), entry('a', 'assistant', 'q', {})]
const WRITING = [entry('q', 'user', null), entry('a', 'assistant', 'q')]

describe('nextPlace', () => {
  it('is the root of an empty conversation', () => {
    expect(nextPlace([], [], [])).toEqual({ parentId: null, after: undefined, waits: false })
  })

  it('is after the last answer, and waits while that is being written', () => {
    expect(nextPlace(ENDED, [], [])).toEqual({ parentId: 'a', after: undefined, waits: false })
    expect(nextPlace(WRITING, [], [])).toEqual({ parentId: 'a', after: undefined, waits: true })
  })

  it('is behind the last turn that waits there, also while the queue is held', () => {
    expect(nextPlace(ENDED, [turn('t1', 'a'), turn('t2', 'a')], [])).toMatchObject({ parentId: 't2', waits: true })
  })

  it('P12: is not behind a turn that waits in another version of the conversation', () => {
    expect(nextPlace(ENDED, [turn('t1', 'elsewhere')], [])).toMatchObject({ parentId: 'a', waits: false })
  })

  it('is behind the turns that wait for the choice among the answers of a comparison', () => {
    expect(nextPlace(ENDED, [turn('t1', 'q')], [])).toMatchObject({ parentId: 't1', waits: true })
  })

  it('is behind what is still on its way, but not behind what failed', () => {
    const items = [item('k1', 'sending'), item('k2', 'failed')]
    expect(nextPlace(ENDED, [], items)).toEqual({ parentId: 'a', after: 'k1', waits: true })
  })
})

function entry(
  id: string,
  role: 'user' | 'assistant',
  parentId: string | null,
  answer: object | null = null,
): PathEntry {
  return { message: { id, role, parentId, answer } as MessageView, versions: [id] }
}

function turn(id: string, waitsFor: string): QueuedTurnView {
  return { id, waitsFor } as QueuedTurnView
}

function item(key: string, state: OutboxItem['state']): OutboxItem {
  return { key, state } as OutboxItem
}
