import type { PathEntry } from '../store/message-tree.ts'
import type { OutboxItem } from '../store/outbox-item.ts'

/** A question with the answer below it; an undelivered question stands in a turn of its own. */
export interface Turn {
  key: string
  question: PathEntry | undefined
  answer: PathEntry | undefined
  pending: OutboxItem | undefined
}

/** The path and what is still on its way, question by question. */
export function turnsOf(path: readonly PathEntry[], pending: readonly OutboxItem[]): Turn[] {
  const turns: Turn[] = []
  for (const entry of cutForEdit(path, pending)) {
    const last = turns.at(-1)
    if (entry.message.role === 'assistant' && last && !last.answer) last.answer = entry
    else if (entry.message.role === 'assistant')
      turns.push({ key: entry.message.id, question: undefined, answer: entry, pending: undefined })
    else turns.push({ key: entry.message.id, question: entry, answer: undefined, pending: undefined })
  }
  for (const item of pending) turns.push({ key: item.key, question: undefined, answer: undefined, pending: item })
  return turns
}

/** While an edited question is on its way, what it replaces is not shown. */
function cutForEdit(path: readonly PathEntry[], pending: readonly OutboxItem[]): readonly PathEntry[] {
  const edit = pending.find(({ state, replaces }) => state === 'sending' && replaces !== undefined)
  const place = path.findIndex(({ message }) => message.id === edit?.replaces)
  return place < 0 ? path : path.slice(0, place)
}
