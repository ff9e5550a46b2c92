import type { OutboxItem } from '../store/outbox-item.ts'
import { useApp } from '../store/use-app.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'
import { QuestionText } from './question-text.tsx'
import { useTakeBack } from './use-take-back.ts'

/** A question that the server does not have yet. It stays, with what to do, until it is delivered or taken back. */
export function PendingQuestion({ item }: { item: OutboxItem }) {
  const { outbox } = useApp()
  const takeBack = useTakeBack()
  return (
    <div>
      <QuestionText text={item.text} />
      {item.state === 'sending' ? (
        // Stands where the state of the answer will stand in a moment.
        <p className="flex items-center gap-2 pt-10 pb-2 text-voice text-ink-faint pointer-coarse:pt-11.5 pointer-coarse:pb-3.5">
          <span className="alive-dot" />
          {words.question.sending}
        </p>
      ) : (
        <div role="alert" className="flex flex-wrap items-center gap-x-3 gap-y-2 pt-3 text-voice">
          <p className="min-w-0 flex-1 basis-60 text-danger">
            {words.question.failed} {item.error && words.problem(item.error.code, item.error.detail)}
          </p>
          <div className="flex gap-2">
            <Button look="outline" data-testid="retry" onClick={() => outbox.retry(item.key)}>
              {words.question.retry}
            </Button>
            <Button data-testid="edit-failed" onClick={() => takeBack(item)}>
              {words.question.editFailed}
            </Button>
          </div>
        </div>
      )}
    </div>
  )
}
