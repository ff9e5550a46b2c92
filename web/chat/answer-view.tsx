import { memo } from 'react'
import type { MessageView } from '#protocol/api/messages.ts'
import { plainText } from '#protocol/messages.ts'
import { Markdown } from '../markdown/markdown.tsx'
import { useServerNow } from '../store/use-server-now.ts'
import { words } from '../words/words.ts'
import { AnswerActions } from './answer-actions.tsx'
import { AnswerExtras } from './answer-extras.tsx'
import { AnswerOffers } from './answer-offers.tsx'
import { AnswerStateLine } from './answer-state-line.tsx'
import { answerState } from './answer-state.ts'
import { AttemptNote } from './attempt-note.tsx'
import { HeldBar } from './held-bar.tsx'
import { LeftOutNote } from './left-out-note.tsx'
import { modelName } from './model-name.ts'
import { pausedState } from './paused-state.ts'
import { SentenceAnnouncer } from './sentence-announcer.tsx'
import { StateAnnouncer } from './state-announcer.tsx'
import { ThinkingPanel } from './thinking-panel.tsx'
import { thinkingOf } from './thinking-time.ts'
import { useAnswer } from './use-answer.ts'
import { usePause, usePauseKey } from './use-pause.ts'

export interface AnswerViewProps {
  message: MessageView
  versions: readonly string[]
  /** Nothing stands below it. */
  last: boolean
}

/** One answer: thinking, text, and its state in words below. Drawn again only when its own store publishes. */
export const AnswerView = memo(function AnswerView({ message, versions, last }: AnswerViewProps) {
  const shown = useAnswer(message)
  const { answer, written, live, running, paused } = shown
  const nowMs = useServerNow(running)
  const unheld = answerState(written, live, nowMs)
  const state = paused ? pausedState(shown, unheld) : unheld
  const text = plainText(answer.parts)
  // Held in the middle, it is drawn and read out as far as it goes and no further.
  const unfinished = running || answer !== written
  const thinking = thinkingOf(answer.parts, nowMs)
  const { pause, resume, pressed } = usePause(message, shown)
  usePauseKey(last, { pause, resume })
  return (
    <article
      data-testid="answer"
      data-status={written.status}
      data-attempt={written.attempt}
      data-paused={paused || undefined}
      data-generation={message.generation?.id}
      aria-busy={running && !paused}
      aria-label={words.thread.answer(modelName(answer))}
    >
      <AttemptNote answer={answer} />
      {thinking && <ThinkingPanel thinking={thinking} />}
      <div data-testid="answer-text">{text !== '' && <Markdown text={text} streaming={unfinished} />}</div>
      <AnswerExtras parts={answer.parts} />
      <LeftOutNote parameters={answer.leftOut} />
      {resume && <HeldBar running={running} whole={!unfinished} focused={pressed} onResume={resume} />}
      <div className="flex min-h-8 flex-wrap items-start justify-between gap-x-4 pt-3">
        <AnswerStateLine state={state} running={running} />
        <AnswerActions
          message={message}
          versions={versions}
          text={text}
          ended={written.status === 'completed' || written.status === 'cancelled'}
          onPause={pause}
        />
      </div>
      <AnswerOffers message={message} answer={written} last={last} />
      {live && <SentenceAnnouncer text={text} running={unfinished} />}
      {live && <StateAnnouncer spoken={state.spoken} running={running} />}
    </article>
  )
})
