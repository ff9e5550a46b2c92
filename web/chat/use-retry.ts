import { useState } from 'react'
import { ClientError } from '#client/client-error.ts'
import type { MessageView, RetryMessage } from '#protocol/api/messages.ts'
import { useModel } from '../models/use-model.ts'
import { useApp } from '../store/use-app.ts'
import { notify } from '../ui/toast-store.ts'
import { words } from '../words/words.ts'
import { stopOrSay } from './stop-or-say.ts'

export interface Retry {
  /** Asks the same question again, of the chosen model; the answer becomes a version beside the old one. */
  retry: () => void
  /** The same with another model, which is the chosen one from then on. An answer that is still waiting is stopped. */
  switchModel: (id: string) => void
  /** A request for it is on its way. */
  retrying: boolean
}

export function useRetry(message: MessageView): Retry {
  const { cache, client, preferences, running } = useApp()
  const { model, choose } = useModel()
  const [retrying, setRetrying] = useState(false)

  const askAgain = async (modelId: string | undefined, failure: string): Promise<boolean> => {
    if (retrying) return false
    setRetrying(true)
    try {
      const body: RetryMessage = preferences.getState().thinking ? { options: { thinking: true } } : {}
      if (modelId !== undefined) body.model = modelId
      const sent = await client.retry(message.id, body, { idempotencyKey: crypto.randomUUID() })
      await cache.accepted(message.conversationId, sent)
      return true
    } catch (error) {
      const why = error instanceof ClientError ? words.problem(error.code, error.message) : ''
      notify(`${failure} ${why}`.trim())
      return false
    } finally {
      setRetrying(false)
    }
  }

  const switchModel = async (id: string) => {
    choose(id)
    const waiting = message.answer === null && message.generation ? running.find(message.generation.id) : undefined
    const failure = waiting ? words.answer.switchFailed : words.answer.retryFailed
    // In this order nothing is lost when the other model cannot be asked.
    if ((await askAgain(id, failure)) && waiting) await stopOrSay(waiting)
  }

  return {
    retry: () => void askAgain(model?.id, words.answer.retryFailed),
    switchModel: (id) => void switchModel(id),
    retrying,
  }
}
