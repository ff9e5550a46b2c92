import { plainText, type MessagePart } from '#protocol/messages.ts'
import { turnEdit } from '../queue/turn-edit.ts'
import { useApp } from '../store/use-app.ts'
import type { Thread } from './use-thread.ts'

/** Opens the editor of what was asked last: a question that waits, or one that stands in the conversation. */
export function useEditLast({ turns, queue }: Thread): (() => void) | undefined {
  const { edits } = useApp()
  const waiting = queue.at(-1)
  const asked = turns.findLast(({ question }) => question)?.question?.message
  if (waiting) return () => edits.set(turnEdit(waiting), plainText(waiting.parts))
  if (asked) return () => edits.set(asked.id, plainText(asked.parts as MessagePart[]))
  return undefined
}
