import type { OutboxItem } from '../store/outbox-item.ts'
import { useApp } from '../store/use-app.ts'
import { Button } from '../ui/button.tsx'
import { classes } from '../ui/classes.ts'
import { words } from '../words/words.ts'
import { useTakeBack } from './use-take-back.ts'

/** Why a question was not delivered, and what can be done with it. */
export function NotSent({ item, className }: { item: OutboxItem; className: string }) {
  const { outbox } = useApp()
  const takeBack = useTakeBack()
  return (
    <div role="alert" className={classes('flex flex-wrap items-center gap-x-3 gap-y-2 text-voice', className)}>
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
  )
}
