import { RequestError } from '#server/domain/errors.ts'
import type { QueuedTurn } from '#server/domain/queued-turn.ts'
import type { EditedTurn, Store } from '#server/ports/store.ts'

export interface QueuedTurnPlace {
  userId: string
  conversationId: string
  turnId: string
}

/** A turn of this conversation, in whatever state it is. Throws `unknown-queued-turn`. */
export async function findQueuedTurn(
  store: Store,
  { userId, conversationId, turnId }: QueuedTurnPlace,
): Promise<QueuedTurn> {
  const turn = await store.getQueuedTurn(userId, turnId)
  if (turn?.conversationId === conversationId) return turn
  throw turnRefused('unknown-queued-turn')
}

const DETAILS: Record<Extract<EditedTurn, { ok: false }>['reason'], string> = {
  'unknown-queued-turn': 'There is no such turn in the queue of this conversation.',
  'turn-sent': 'It was sent a moment ago. Stop its answer, or edit the question where it stands now.',
  'turn-withdrawn': 'It was withdrawn, perhaps on another device. Send it as a new message.',
  'turn-changed': 'It was edited elsewhere since you opened it. Look at it as it is now, then edit it again.',
}

export function turnRefused(reason: keyof typeof DETAILS): RequestError {
  return new RequestError(reason, DETAILS[reason])
}
