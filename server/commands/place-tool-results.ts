import { RequestError } from '#server/domain/errors.ts'
import type { MessageRow, NewQuestion } from '#server/ports/store.ts'
import { settleSealed } from './settle-sealed.ts'
import type { TurnDependencies } from './start-turn.ts'
import { turnRefusal } from './turn-refusal.ts'

type Question = Omit<NewQuestion, 'kind' | 'id'>

/**
 * Ties tool results to the answer that asked for them: the one that the question comes after, by its id from here on, so
 * that nobody who writes at the same time moves it elsewhere. Throws `unknown-tool-call` where that answer made no such
 * call, and `parent-not-answered` while it is still being written.
 */
export async function placeToolResults(
  deps: TurnDependencies,
  { userId, conversationId }: { userId: string; conversationId: string },
  question: Question,
): Promise<Question> {
  const answer = await answerBefore(deps, userId, conversationId, question.parentId)
  const calls = new Set(answer.parts.flatMap((part) => (part.type === 'tool-call' ? [part.toolCallId] : [])))
  const answered = new Set<string>()
  for (const part of question.parts) {
    if (part.type !== 'tool-result') continue
    const { toolCallId } = part
    if (!calls.has(toolCallId)) throw unknownCall(toolCallId, [...calls])
    if (answered.has(toolCallId)) {
      throw refused(`The call "${shown(toolCallId)}" has two results. Send one for each call.`, toolCallId)
    }
    answered.add(toolCallId)
  }
  return { ...question, parentId: answer.id }
}

async function answerBefore(
  deps: TurnDependencies,
  userId: string,
  conversationId: string,
  parentId: string | null | undefined,
): Promise<MessageRow> {
  const conversation = await deps.store.getConversation(userId, conversationId)
  if (!conversation) throw turnRefusal('unknown-conversation')
  const id = parentId === undefined ? conversation.activeLeafId : parentId
  const message = id === null ? undefined : await deps.store.getMessage(userId, id)
  if (id !== null && message?.conversationId !== conversationId) throw turnRefusal('unknown-parent')
  if (!message?.generation) {
    throw new RequestError('unknown-tool-call', 'Tool results answer an answer: give its id as the parentId.')
  }
  if (message.answer) return message
  // Who has read the call in the log may know of the end before the message does.
  await settleSealed(deps, message.generation.id)
  const ended = await deps.store.getMessage(userId, message.id)
  if (!ended?.answer) throw turnRefusal('parent-not-answered')
  return ended
}

function unknownCall(toolCallId: string, calls: readonly string[]): RequestError {
  const made = calls.length > 0 ? `It called ${calls.map((id) => `"${shown(id)}"`).join(', ')}.` : 'It made no calls.'
  return refused(`The answer before has made no call "${shown(toolCallId)}". ${made}`, toolCallId)
}

function refused(detail: string, toolCallId: string): RequestError {
  return new RequestError('unknown-tool-call', detail, { toolCallId: shown(toolCallId) })
}

function shown(toolCallId: string): string {
  return toolCallId.length > 100 ? `${toolCallId.slice(0, 100)}…` : toolCallId
}
