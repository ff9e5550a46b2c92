import { useQueryClient } from '@tanstack/react-query'
import type { QueuedTurnView } from '#protocol/api/messages.ts'
import { plainText } from '#protocol/messages.ts'
import { nextPlace } from '../chat/next-place.ts'
import { usePutInComposer } from '../chat/use-take-back.ts'
import { activePath } from '../store/message-tree.ts'
import { attachmentsOf } from '../store/outbox-item.ts'
import { useApp } from '../store/use-app.ts'
import { notify } from '../ui/toast-store.ts'
import { words } from '../words/words.ts'
import { queueQuery } from './queue-query.ts'

/**
 * Puts withdrawn turns back: at the end of the queue. Where nothing is being written any more they would be asked at once;
 * then they go into the composer, for their person to decide.
 */
export function useRequeue(conversationId: string): (turns: readonly QueuedTurnView[]) => void {
  const { cache, client, outbox, preferences } = useApp()
  const queryClient = useQueryClient()
  const putInComposer = usePutInComposer()

  const placeNow = () => {
    const messages = queryClient.getQueryData(cache.messages(conversationId).queryKey) ?? []
    const leafId = queryClient.getQueryData(cache.conversation(conversationId).queryKey)?.activeLeafId ?? null
    const queue = queryClient.getQueryData(queueQuery(client, conversationId).queryKey)?.items ?? []
    const undelivered = outbox.store.getState().filter((item) => item.conversationId === conversationId)
    return nextPlace(activePath(messages, leafId), queue, undelivered)
  }

  return (turns) => {
    for (const { parts, models } of turns) {
      const place = placeNow()
      const text = plainText(parts)
      const { thinking } = preferences.getState()
      if (place.waits)
        outbox.send({ conversationId, ...place, text, ...attachmentsOf(parts), model: models[0], models, thinking })
      else {
        putInComposer(conversationId, text)
        notify(words.queue.backInComposer)
      }
    }
  }
}
