import { useEffect, useMemo } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { MessageView } from '#protocol/api/messages.ts'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import type { RunningAnswer, RunningView } from '../store/running-answer.ts'
import { useApp } from '../store/use-app.ts'

export interface ShownAnswer {
  answer: Answer
  /** What this page saw of it while it ran; undefined for one that was loaded ended. */
  live: RunningView | undefined
  running: boolean
}

const NEVER_RAN = createStore<RunningView | undefined>(() => undefined)
const NOT_STARTED = emptyAnswer()

/** An answer as it stands: the stored one once it ended, until then the running one, which is followed meanwhile. */
export function useAnswer(message: MessageView): ShownAnswer {
  const runningAnswer = useRunningAnswer(message)
  const stored = message.answer as Answer | null
  useEffect(() => (stored === null ? runningAnswer?.attach() : undefined), [stored, runningAnswer])
  const live = useStore(runningAnswer?.store ?? NEVER_RAN)
  return {
    answer: stored ?? live?.answer ?? NOT_STARTED,
    live,
    running: stored === null && live !== undefined && !live.ended && live.error === undefined,
  }
}

/** The running answer behind a message; undefined for a message that this page never saw running. */
function useRunningAnswer(message: MessageView | undefined): RunningAnswer | undefined {
  const { running } = useApp()
  const generationId = message?.generation?.id
  const ended = message === undefined || message.answer !== null
  return useMemo(() => {
    if (!message || generationId === undefined) return undefined
    if (ended) return running.find(generationId)
    return running.of({ generationId, messageId: message.id, conversationId: message.conversationId })
    // The ids of a message never change; its object does.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [running, generationId, ended])
}

/** Whether the last answer of a thread is being written, and how to stop it. */
export function useStoppable(message: MessageView | undefined): RunningAnswer | undefined {
  const runningAnswer = useRunningAnswer(message)
  const going = useStore(
    runningAnswer?.store ?? NEVER_RAN,
    (view) => view !== undefined && !view.ended && view.error === undefined,
  )
  return going && message?.answer === null ? runningAnswer : undefined
}
