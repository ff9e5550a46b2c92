import { useEffect, useMemo } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { MessageView } from '#protocol/api/messages.ts'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { waitingTokens } from '../store/held-answer.ts'
import type { RunningAnswer, RunningView } from '../store/running-answer.ts'
import { useApp } from '../store/use-app.ts'

export interface ShownAnswer {
  /** What is to be shown of it. */
  answer: Answer
  /** As far as it was written; the same as `answer` where nothing is held back. */
  written: Answer
  /** What this page saw of it while it ran or is held; undefined for one that was loaded ended. */
  live: RunningView | undefined
  running: boolean
  paused: boolean
  /** How many tokens are held back here. */
  waitingTokens: number
  runningAnswer: RunningAnswer | undefined
}

const NEVER_RAN = createStore<RunningView | undefined>(() => undefined)
const NOT_STARTED = emptyAnswer()

/**
 * An answer as it stands: the stored one once it ended, until then the running one, which is followed meanwhile. One that
 * ended while it is paused is read from its log again, up to where it is held.
 */
export function useAnswer(message: MessageView): ShownAnswer {
  const { shownWhole } = useApp()
  const runningAnswer = useRunningAnswer(message)
  const live = useStore(runningAnswer?.store ?? NEVER_RAN)
  const stored = message.answer as Answer | null
  const id = message.generation?.id ?? ''
  const pausedAt = message.generation?.pausedAt ?? null
  const paused = live?.paused ?? false
  // A log that is no longer kept cannot be held at a place in it.
  const whole = stored !== null && (!paused || shownWhole.has(id) || live?.error !== undefined)
  useEffect(() => {
    if (whole) shownWhole.add(id)
  }, [whole, shownWhole, id])
  useEffect(() => runningAnswer?.setPausedAt(pausedAt), [runningAnswer, pausedAt])
  const follows = stored === null || (paused && !whole)
  useEffect(() => (follows ? runningAnswer?.attach() : undefined), [follows, runningAnswer])

  const readAgain = stored !== null && !whole && live?.ended
  const written = (readAgain ? live.received : (stored ?? live?.received)) ?? NOT_STARTED
  const answer = whole ? written : (live?.answer ?? NOT_STARTED)
  return {
    answer,
    written,
    live,
    running: stored === null && live !== undefined && !live.ended && live.error === undefined,
    paused,
    waitingTokens: answer === written ? 0 : waitingTokens(answer, written),
    runningAnswer,
  }
}

/** The running answer behind a message; undefined for a message that this page neither saw running nor has to hold. */
function useRunningAnswer(message: MessageView | undefined): RunningAnswer | undefined {
  const { running } = useApp()
  const generationId = message?.generation?.id
  const pausedAt = message?.generation?.pausedAt ?? null
  const ended = message === undefined || (message.answer !== null && pausedAt === null)
  return useMemo(() => {
    if (!message || generationId === undefined) return undefined
    if (ended) return running.find(generationId)
    return running.of({ generationId, messageId: message.id, conversationId: message.conversationId, pausedAt })
    // The ids of a message never change; its object does. Where it is held counts here only for one that is new.
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
