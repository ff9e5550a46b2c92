import { useEffect, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import type { MessageView } from '#protocol/api/messages.ts'
import { patchPause } from '../store/patch-pause.ts'
import type { RunningAnswer } from '../store/running-answer.ts'
import { useApp } from '../store/use-app.ts'
import { ABOVE_THE_PAGE } from '../ui/above-the-page.ts'
import { notify } from '../ui/toast-store.ts'
import { words } from '../words/words.ts'
import type { ShownAnswer } from './use-answer.ts'

export interface Pause {
  /** Present while there is something to hold. */
  pause: (() => void) | undefined
  /** Present while it is held. */
  resume: (() => void) | undefined
  /** It was held from here and not elsewhere. */
  pressed: boolean
}

/** Holds an answer here and everywhere else, and lets it go. A wish that does not reach the server is taken back. */
export function usePause(message: MessageView, { runningAnswer, running, paused }: ShownAnswer): Pause {
  const { cache } = useApp()
  const queryClient = useQueryClient()
  const [pressed, setPressed] = useState(false)
  const send = async (wish: Promise<string | null>, failure: string) => {
    try {
      const pausedAt = await wish
      patchPause(queryClient, cache.messages(message.conversationId).queryKey, message.id, pausedAt)
    } catch {
      notify(failure)
    }
  }
  const pause = (answer: RunningAnswer) => {
    setPressed(true)
    void send(answer.pause(), words.pause.pauseFailed)
  }
  const resume = (answer: RunningAnswer) => {
    setPressed(false)
    void send(answer.resume(), words.pause.resumeFailed)
  }
  return {
    pause: runningAnswer && running && !paused ? () => pause(runningAnswer) : undefined,
    resume: runningAnswer && paused ? () => resume(runningAnswer) : undefined,
    pressed,
  }
}

/** Alt and P hold the newest answer and let it go, wherever one is on the page. */
export function usePauseKey(enabled: boolean, { pause, resume }: Pick<Pause, 'pause' | 'resume'>): void {
  const press = enabled ? (pause ?? resume) : undefined
  useEffect(() => {
    if (!press) return
    const onKey = (event: KeyboardEvent) => {
      // By its place: with Alt some keyboards write another letter.
      if (event.code !== 'KeyP' || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
      if (event.repeat || document.querySelector(ABOVE_THE_PAGE)) return
      event.preventDefault()
      press()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  })
}
