import { memo, type Ref } from 'react'
import { classes } from '../ui/classes.ts'
import { AnswerView } from './answer-view.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { PendingQuestion } from './pending-question.tsx'
import { Question } from './question.tsx'
import type { Turn } from './turns.ts'

export interface TurnViewProps {
  turn: Turn
  conversationId: string | undefined
  last: boolean
  /** Marks the end of the newest text. */
  end: Ref<HTMLDivElement> | undefined
}

export const TurnView = memo(
  function TurnView({ turn, last, end }: TurnViewProps) {
    return (
      <section data-turn className={classes('pb-10', last && 'turn-last')}>
        {turn.question && <Question entry={turn.question} />}
        {turn.pending && <PendingQuestion item={turn.pending} />}
        {turn.answer && (
          <ErrorBoundary key={turn.answer.message.id}>
            <AnswerView message={turn.answer.message} versions={turn.answer.versions} last={last} />
          </ErrorBoundary>
        )}
        <div ref={end} />
      </section>
    )
  },
  (before, after) =>
    before.last === after.last &&
    before.turn.pending === after.turn.pending &&
    sameEntry(before.turn.question, after.turn.question) &&
    sameEntry(before.turn.answer, after.turn.answer),
)

/** Paths are made anew at every change; the messages on them keep their identity. */
function sameEntry(before: Turn['answer'], after: Turn['answer']): boolean {
  return before?.message === after?.message && before?.versions.join() === after?.versions.join()
}
