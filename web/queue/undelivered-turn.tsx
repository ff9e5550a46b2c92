import { useTakeBack } from '../chat/use-take-back.ts'
import type { OutboxItem } from '../store/outbox-item.ts'
import { useApp } from '../store/use-app.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'
import { FoldedText } from './folded-text.tsx'

/** A question that will wait in the queue, once the server has it. */
export function UndeliveredTurn({ item }: { item: OutboxItem }) {
  const { outbox } = useApp()
  const takeBack = useTakeBack()
  const failed = item.state === 'failed'
  return (
    <li data-testid="undelivered-turn" className="px-2 py-1.5 text-ui sm:px-3 pointer-coarse:py-3">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1 text-ink-soft">
          <FoldedText text={item.text} />
        </div>
        {!failed && (
          <p className="flex shrink-0 items-center gap-2 pt-0.5 pr-2 text-voice text-ink-faint">
            <span className="alive-dot" />
            {words.queue.sending}
          </p>
        )}
      </div>
      {failed && (
        <div role="alert" className="flex flex-wrap items-center gap-x-3 gap-y-2 pt-1 text-voice">
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
    </li>
  )
}
