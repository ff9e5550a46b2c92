import type { Clock } from '#server/ports/clock.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { Conversation, Store } from '#server/ports/store.ts'
import { settleSealed } from './settle-sealed.ts'

/**
 * Settles what has ended in these conversations according to the logs. Says whether there was any: then their rows are to
 * be read again, because they still count it as running.
 */
export async function settleConversations(
  deps: { log: EventLog; store: Store; clock: Clock },
  userId: string,
  conversations: readonly Conversation[],
): Promise<boolean> {
  const ids = conversations.filter(({ running }) => running > 0).map(({ id }) => id)
  if (ids.length === 0) return false
  const running = await deps.store.listRunning(userId, ids)
  const settled = await Promise.all(running.map((generationId) => settleSealed(deps, generationId)))
  return settled.some((answer) => answer !== undefined)
}
