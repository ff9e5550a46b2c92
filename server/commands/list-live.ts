import type { LiveGeneration } from '#protocol/api/feed.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { Store } from '#server/ports/store.ts'

/**
 * The user's generations that have not ended. Where the end stands in the log but not in the store yet, it counts: who was
 * told of one as live is told of its end only when that comes after.
 */
export async function listLive(
  { store, log }: { store: Pick<Store, 'listLive'>; log: Pick<EventLog, 'tail'> },
  userId: string,
): Promise<LiveGeneration[]> {
  const rows = await store.listLive(userId)
  const tails = await Promise.all(rows.map(({ id }) => log.tail(id)))
  return rows.filter((_, index) => !tails[index]?.sealed)
}
