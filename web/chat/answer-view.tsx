import { memo } from 'react'
import type { MessageView } from '#protocol/api/messages.ts'
import { plainText } from '#protocol/messages.ts'
import { Markdown } from '../markdown/markdown.tsx'
import { useNow } from '../ui/use-now.ts'
import { words } from '../words/words.ts'
import { AnswerActions } from './answer-actions.tsx'
import { AnswerExtras } from './answer-extras.tsx'
import { AnswerStateLine } from './answer-state-line.tsx'
import { answerState, modelName } from './answer-state.ts'
import { AttemptNote } from './attempt-note.tsx'
import { SentenceAnnouncer } from './sentence-announcer.tsx'
import { ThinkingPanel } from './thinking-panel.tsx'
import { thinkingOf } from './thinking-time.ts'
import { useAnswer } from './use-answer.ts'

export interface AnswerViewProps {
  message: MessageView
  versions: readonly string[]
}

/** One answer: thinking, text, and its state in words below. Drawn again only when its own store publishes. */
export const AnswerView = memo(function AnswerView({ message, versions }: AnswerViewProps) {
  const { answer, live, running } = useAnswer(message)
  const nowMs = useNow(running)
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
        <AnswerStateLine state={answerState(answer, live, nowMs)} />
        <AnswerActions
          message={message}
          versions={versions}
          text={text}
          running={running}
          failed={answer.status === 'failed'}
        />
      </div>
      {live && <SentenceAnnouncer text={text} running={running} />}
    </article>
  )
})
