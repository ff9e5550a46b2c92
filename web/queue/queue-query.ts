import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { QueuedTurnView } from '#protocol/api/messages.ts'
import type { TurnQueue } from '#protocol/api/queue.ts'

/** Under this key lies the queue of a conversation; to be invalidated when the conversation changed. */
export const queueKey = (conversationId: string) => ['queue', conversationId] as const

/** The turns that wait in a conversation. */
export function queueQuery(client: Pick<MillraceClient, 'listQueue'>, conversationId: string) {
  return queryOptions({
    queryKey: queueKey(conversationId),
    queryFn: ({ signal }) => client.listQueue(conversationId, { signal }),
  })
}

/** A turn that the server accepted a moment ago. A list on its way is older and must not land on it. */
export async function addQueued(queryClient: QueryClient, turn: QueuedTurnView): Promise<void> {
  await queryClient.cancelQueries({ queryKey: queueKey(turn.conversationId) })
  patchQueue(queryClient, turn.conversationId, (items) =>
    items.some(({ id }) => id === turn.id) ? items : [...items, turn],
  )
}

/** Changes what is shown until the server is asked again. */
export function patchQueue(
  queryClient: QueryClient,
  conversationId: string,
  change: (items: QueuedTurnView[]) => QueuedTurnView[],
): void {
  queryClient.setQueryData<TurnQueue>(queueKey(conversationId), (queue) => ({ items: change(queue?.items ?? []) }))
}

/** Those named first, in that order; the others after them in their own. */
export function inOrder(items: readonly QueuedTurnView[], order: readonly string[]): QueuedTurnView[] {
  const placeOf = ({ id }: QueuedTurnView) => (order.includes(id) ? order.indexOf(id) : order.length)
  return items.toSorted((a, b) => placeOf(a) - placeOf(b))
}
