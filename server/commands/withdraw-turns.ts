import { RequestError } from '#server/domain/errors.ts'
import type { Store } from '#server/ports/store.ts'
import { findQueuedTurn, turnRefused, type QueuedTurnPlace } from './find-queued-turn.ts'

/** Takes a turn back that still waits; again is the same. */
export async function withdrawQueuedTurn({ store }: { store: Store }, place: QueuedTurnPlace): Promise<void> {
  const turn = await findQueuedTurn(store, place)
  const withdrawn = await store.withdrawQueuedTurn(place.userId, turn.id)
  if (!withdrawn.ok) throw turnRefused(withdrawn.reason)
}

/** Takes back all that wait in a conversation. */
export async function withdrawQueue(
  { store }: { store: Store },
  userId: string,
  conversationId: string,
): Promise<void> {
  if ((await store.withdrawQueue(userId, conversationId)) !== undefined) return
  throw new RequestError('unknown-conversation', 'There is no such conversation, or it was deleted.')
}
