import type { QueuedTurnView } from '#protocol/api/messages.ts'
import type { PathEntry } from '../store/message-tree.ts'
import type { OutboxItem, Question } from '../store/outbox-item.ts'

/** Where the next question goes: after the last message that is shown, or behind what waits there already. */
export type NextPlace = Required<Pick<Question, 'parentId' | 'waits'>> & Pick<Question, 'after'>

export function nextPlace(
  path: readonly PathEntry[],
  queue: readonly QueuedTurnView[],
  undelivered: readonly OutboxItem[],
): NextPlace {
  const last = path.at(-1)?.message
  const waiting = queue.findLast((turn) => waitsAt(turn, path))
  const before = undelivered.findLast(({ state }) => state === 'sending')
  const writing = last?.role === 'assistant' && last.answer === null
  return {
    parentId: waiting?.id ?? last?.id ?? null,
    after: before?.key,
    waits: writing || waiting !== undefined || before !== undefined,
  }
}

/** Whether a turn waits for the last answer that is shown; the others wait in another version of the conversation. */
export function waitsAt({ waitsFor }: QueuedTurnView, path: readonly PathEntry[]): boolean {
  const last = path.at(-1)?.message
  return last !== undefined && (waitsFor === last.id || waitsFor === last.parentId)
}
