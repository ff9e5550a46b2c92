import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { TreeAnswer, TreeCall } from './store-tree-calls.fixture.ts'
import type { readTree, TreeState } from './store-tree-state.fixture.ts'
import type { MessageRow } from './store.ts'

type Look = Awaited<ReturnType<typeof readTree>>

/** Watches what the store shows after every step, and knows nothing of the model. */
export interface TreeWitness {
  /** Of a call that was answered, before its outcome is looked at. */
  saw(call: TreeCall, answer: TreeAnswer): void
  check(look: Look, calls: readonly TreeCall[]): void
}

export function createTreeWitness(): TreeWitness {
  const messages = new Map<string, MessageRow>()
  const accepted = { questions: new Set<string>(), answers: new Set<string>(), turns: new Set<string>() }
  let before: Look | undefined

  return {
    saw(call, answer) {
      if (call.kind !== 'send' || !('response' in answer) || answer.repeated) return
      if ('queued' in answer.response) return void accepted.turns.add(answer.response.queued.id)
      if (call.turn.question.kind === 'new') accepted.questions.add(answer.response.message.id)
      for (const { messageId } of answer.response.generations) accepted.answers.add(messageId)
    },

    check(look, calls) {
      const { state } = look
      checkRevisions(before, look)
      for (const [conversationId, rows] of Object.entries(state.messages)) {
        for (const row of rows) {
          expect(row.conversationId).toBe(conversationId)
          const earlier = messages.get(row.id)
          if (earlier && !isDeepStrictEqual(row, sameButFor(earlier, row)))
            expect(row, 'no message is changed').toEqual(sameButFor(earlier, row))
          messages.set(row.id, row)
        }
        const kept = [...messages.values()].filter((row) => row.conversationId === conversationId)
        expect(rows.length, 'no message is lost').toBe(kept.length)
        checkTree(rows)
      }
      checkSends(state)
      checkCounts(state)
      checkQueue(state)
      checkOrder(state, calls)
      before = look
    },
  }

  /** Every accepted send stands once: as a message, or as a turn of the queue in whatever state. */
  function checkSends(state: TreeState): void {
    const rows = Object.values(state.messages).flat()
    const shown = new Set(rows.map(({ id }) => id))
    expect(new Set(state.turns.map(({ id }) => id))).toEqual(accepted.turns)
    const sent = state.turns.flatMap(({ messageId }) => messageId ?? [])
    expect(new Set(sent).size, 'a turn is sent once').toBe(sent.length)
    for (const { id, role, parts } of rows) {
      if (role !== 'user') continue
      const turn = state.turns.find(({ messageId }) => messageId === id)
      if (accepted.questions.has(id) === (turn !== undefined)) expect.fail(`Nobody asked ${id}, or it was asked twice.`)
      if (turn) expect(parts).toEqual(turn.parts)
    }
    if (Object.keys(state.messages).length < state.conversations.length) return
    const missing = [...accepted.questions, ...accepted.answers, ...sent].filter((id) => !shown.has(id))
    expect(missing, 'what was accepted is there').toEqual([])
  }

  /** One by one: a turn goes after an answer that is complete, unless someone had it sent. */
  function checkOrder(state: TreeState, calls: readonly TreeCall[]): void {
    const waited = new Set(Object.values(before?.state.queues ?? {}).flat())
    const parents = state.turns.flatMap(({ id, messageId }) => {
      const parentId = messageId && waited.has(id) ? messages.get(messageId)?.parentId : undefined
      return parentId == null ? [] : [parentId]
    })
    expect(new Set(parents).size, 'one at a time').toBe(parents.length)
    if (calls.some(({ kind }) => kind === 'continue')) return
    for (const id of parents) expect(messages.get(id)?.answer?.status, 'after a complete answer').toBe('completed')
  }
}

/** An answer is changed once, when it ends; its pause and nothing else at any time. */
function sameButFor(earlier: MessageRow, { generation, answer, parts }: MessageRow): MessageRow {
  if (!earlier.generation || !generation) return earlier
  const { pausedAt, status } = generation
  const ended = earlier.answer === null && answer !== null ? { answer, parts } : {}
  const row = { ...earlier, ...ended, generation: { ...earlier.generation, pausedAt } }
  if (earlier.answer === null && answer !== null) row.generation.status = status
  return row
}

function checkTree(rows: readonly MessageRow[]): void {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const reachRoot = new Set<string>()
  for (const { id: start } of rows) {
    const path = new Set<string>()
    for (let id: string | null = start; id !== null && !reachRoot.has(id); id = byId.get(id)?.parentId ?? null) {
      if (!byId.has(id)) expect.fail(`The parent ${id} is not in the same conversation.`)
      if (path.has(id)) expect.fail(`The message ${id} is its own ancestor.`)
      path.add(id)
    }
    for (const id of path) reachRoot.add(id)
  }
  const lone = rows.filter(({ role, parentId }) => role === 'assistant' && byId.get(parentId ?? '')?.role !== 'user')
  expect(lone, 'every answer has its question').toEqual([])
}

function checkCounts({ conversations, messages, queues }: TreeState): void {
  for (const { id, running, queued, activeLeafId } of conversations) {
    const rows = messages[id]
    if (!rows) continue
    expect(running).toBe(rows.filter(({ generation, answer }) => generation !== null && answer === null).length)
    expect(queued).toBe(queues[id]?.length)
    expect(rows.length === 0 ? null : rows.find((row) => row.id === activeLeafId)?.id, 'a leaf of its own').toBe(
      activeLeafId,
    )
  }
}

function checkQueue({ turns, queues, messages }: TreeState): void {
  const waiting = new Set(Object.values(queues).flat())
  for (const { id, anchorId, conversationId } of turns) {
    if (!waiting.has(id)) continue
    const anchor = messages[conversationId ?? '']?.find((row) => row.id === anchorId)
    expect(anchor, 'what is waited for exists').toBeDefined()
    expect(anchor?.generation?.status, 'nothing waits behind a complete answer').not.toBe('completed')
  }
}

/** Whoever shows something new says so by a higher revision. */
function checkRevisions(before: Look | undefined, look: Look): void {
  if (!before) return
  expect(look.upTo).toBeGreaterThanOrEqual(before.upTo)
  for (const [id, revision] of look.revisions) {
    expect(revision).toBeLessThanOrEqual(look.upTo)
    const earlier = before.revisions.get(id) ?? 0
    if (showOf(before.state, id) === showOf(look.state, id)) expect(revision).toBeGreaterThanOrEqual(earlier)
    else expect(revision, 'a change raises the revision').toBeGreaterThan(earlier)
  }
}

function showOf({ conversations, messages, queues, turns }: TreeState, id: string): string {
  const conversation = conversations.find((each) => each.id === id)
  return JSON.stringify([conversation, messages[id], queues[id], turns.filter((turn) => turn.conversationId === id)])
}
