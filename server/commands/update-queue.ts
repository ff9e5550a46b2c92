import type { TurnQueue, UpdateQueue } from '#protocol/api/queue.ts'
import { RequestError } from '#server/domain/errors.ts'
import { toQueuedTurnView, type QueuedTurn } from '#server/domain/queued-turn.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Doorbell } from '#server/ports/doorbell.ts'
import type { Store } from '#server/ports/store.ts'

/** The turns that wait in a conversation. */
export async function listQueue(
  { store }: { store: Store },
  userId: string,
  conversationId: string,
): Promise<TurnQueue> {
  return toQueue(found(await store.listQueue(userId, conversationId)))
}

/** Reorders them, or sends the next one although the answer before it is not complete; both in this order. */
export async function updateQueue(
  { store, clock }: { store: Store; clock: Clock; doorbell: Doorbell },
  { userId, conversationId, body }: { userId: string; conversationId: string; body: UpdateQueue },
): Promise<TurnQueue> {
  if (body.order) found(await store.orderQueue(userId, conversationId, body.order))
  if (body.held === false) {
    const { needsChoice } = found(await store.continueQueue(userId, conversationId, clock.now()))
    if (needsChoice) {
      const detail =
        'The turns wait for the choice among the answers of a comparison. Make one of them the active leaf.'
      throw new RequestError('queue-needs-choice', detail)
    }
  }
  return listQueue({ store }, userId, conversationId)
}

function toQueue(turns: readonly QueuedTurn[]): TurnQueue {
  return { items: turns.map(toQueuedTurnView) }
}

function found<Found>(value: Found | undefined): Found {
  if (value !== undefined) return value
  throw new RequestError('unknown-conversation', 'There is no such conversation, or it was deleted.')
}
