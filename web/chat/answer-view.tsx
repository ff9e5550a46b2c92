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
import { modelName } from './model-name.ts'
import { SentenceAnnouncer } from './sentence-announcer.tsx'
import { StateAnnouncer } from './state-announcer.tsx'
import { ThinkingPanel } from './thinking-panel.tsx'
import { thinkingOf } from './thinking-time.ts'
import { useAnswer } from './use-answer.ts'

export interface AnswerViewProps {
  message: MessageView
  versions: readonly string[]
  /** Nothing stands below it. */
  last: boolean
}

/** One answer: thinking, text, and its state in words below. Drawn again only when its own store publishes. */
export const AnswerView = memo(function AnswerView({ message, versions, last }: AnswerViewProps) {
  const { answer, live, running } = useAnswer(message)
  const nowMs = useServerNow(running)
  const state = answerState(answer, live, nowMs)
  const text = plainText(answer.parts)
  const thinking = thinkingOf(answer.parts, nowMs)
  return (
    <article
      data-testid="answer"
      data-status={answer.status}
      data-attempt={answer.attempt}
      data-generation={message.generation?.id}
      aria-busy={running}
      aria-label={words.thread.answer(modelName(answer))}
    >
      <AttemptNote answer={answer} />
      {thinking && <ThinkingPanel thinking={thinking} />}
      <div data-testid="answer-text">{text !== '' && <Markdown text={text} streaming={running} />}</div>
      <AnswerExtras parts={answer.parts} />
      <div className="flex min-h-8 flex-wrap items-start justify-between gap-x-4 pt-3">
        <AnswerStateLine state={state} running={running} />
        <AnswerActions
          message={message}
          versions={versions}
          text={text}
          ended={answer.status === 'completed' || answer.status === 'cancelled'}
        />
      </div>
      <AnswerOffers message={message} answer={answer} last={last} />
      {live && <SentenceAnnouncer text={text} running={running} />}
      {live && <StateAnnouncer spoken={state.spoken} running={running} />}
    </article>
  )
})
