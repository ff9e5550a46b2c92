// @vitest-environment node
import { describe, expect, it } from 'vitest'
import type { MessageView } from '#protocol/api/messages.ts'
import type { PathEntry } from '../store/message-tree.ts'
import type { OutboxItem } from '../store/outbox-item.ts'
import { turnsOf } from './turns.ts'

const PATH = [entry('q1', null, 'user'), entry('a1', 'q1'), entry('q2', 'a1', 'user'), entry('a2', 'q2')]

describe('turnsOf', () => {
  it('puts each answer below its question', () => {
    expect(shape(turnsOf(PATH, []))).toEqual([
      ['q1', 'a1', undefined],
      ['q2', 'a2', undefined],
    ])
  })

  it('shows an undelivered question at the end, and everything before it', () => {
    expect(shape(turnsOf(PATH, [item({ parentId: 'a2', state: 'failed' })])).at(-1)).toEqual([
      undefined,
      undefined,
      'k',
    ])
  })

  it('shows an edited question in place of what it replaces while it is on its way', () => {
    expect(shape(turnsOf(PATH, [item({ parentId: 'a1', replaces: 'q2' })]))).toEqual([
      ['q1', 'a1', undefined],
      [undefined, undefined, 'k'],
    ])
    expect(shape(turnsOf(PATH, [item({ replaces: 'q1' })]))).toEqual([[undefined, undefined, 'k']])
  })
})

function shape(turns: ReturnType<typeof turnsOf>) {
  return turns.map(({ question, answer, pending }) => [question?.message.id, answer?.message.id, pending?.key])
}

function entry(id: string, parentId: string | null, role: 'user' | 'assistant' = 'assistant'): PathEntry {
  const message: MessageView = {
    id,
    conversationId: 'c',
    parentId,
    role,
    parts: [],
    createdAt: '2026-01-01T00:00:00Z',
    generation: null,
    answer: null,
  }
  return { message, versions: [id] }
}

function item(more: Partial<OutboxItem>): OutboxItem {
  return {
    key: 'k',
    askedAt: 1,
    tab: 'tab',
    owner: 'page',
    waits: false,
    conversationId: 'c',
    parentId: null,
    text: 't',
    model: undefined,
    thinking: false,
    state: 'sending',
    ...more,
  }
}
