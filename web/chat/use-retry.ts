import { useState } from 'react'
import { ClientError } from '#client/client-error.ts'
import type { MessageView, RetryMessage } from '#protocol/api/messages.ts'
import { useModel } from '../models/use-model.ts'
import { useApp } from '../store/use-app.ts'
import { notify } from '../ui/toast-store.ts'
import { words } from '../words/words.ts'

/** Asks the same question again, of the chosen model; the answer becomes a version beside the old one. */
export function useRetry(message: MessageView): { retry: () => void; retrying: boolean } {
  const { cache, client, otherTabs, preferences } = useApp()
  const { model } = useModel()
  const [retrying, setRetrying] = useState(false)
  const retry = async () => {
    setRetrying(true)
    try {
      const body: RetryMessage = preferences.getState().thinking ? { options: { thinking: true } } : {}
      if (model) body.model = model.id
      const sent = await client.retry(message.id, body, { idempotencyKey: crypto.randomUUID() })
      await cache.accepted(message.conversationId, sent)
      otherTabs.tell(message.conversationId)
    } catch (error) {
      const why = error instanceof ClientError ? words.problem(error.code, error.message) : ''
      notify(`${words.answer.retryFailed} ${why}`.trim())
    } finally {
      setRetrying(false)
    }
  }
  return { retry: () => void retry(), retrying }
}
