import { isTerminal } from '#server/domain/states.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { MessageRow, Store } from '#server/ports/store.ts'
import { settleSealed } from './settle-sealed.ts'

/** A page of a conversation's messages. An answer whose end readers were given is there, also when it was given just now. */
export async function listMessages(
  deps: { log: EventLog; store: Store; clock: Clock },
  userId: string,
  conversationId: string,
  page: { limit: number; afterId?: string; since?: number },
): Promise<MessageRow[] | undefined> {
  const messages = await deps.store.listMessages(userId, conversationId, page)
  const settled = await Promise.all((messages ?? []).map((message) => settleIfEnded(deps, message)))
  return settled.includes(true) ? deps.store.listMessages(userId, conversationId, page) : messages
}

async function settleIfEnded(
  deps: { log: EventLog; store: Store; clock: Clock },
  { generation }: MessageRow,
): Promise<boolean> {
  if (generation === null || isTerminal(generation.status)) return false
  return (await settleSealed(deps, generation.id)) !== undefined
}
