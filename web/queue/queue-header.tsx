import type { QueuedTurnView } from '#protocol/api/messages.ts'
import type { OutboxItem } from '../store/outbox-item.ts'
import { classes } from '../ui/classes.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'
import { useQueueActions } from './use-queue-actions.ts'

export interface QueueHeaderProps {
  conversationId: string
  queue: readonly QueuedTurnView[]
  waiting: readonly OutboxItem[]
}

/** How many wait, or why nothing is sent, and what to do about all of them. */
export function QueueHeader({ conversationId, queue, waiting }: QueueHeaderProps) {
  const { sendNext, withdraw } = useQueueActions(conversationId)
  const held = queue.find((turn) => turn.held !== null)?.held
  const total = queue.length + waiting.filter(({ state }) => state === 'sending').length
  if (total === 0) return null
  return (
    <div className="flex min-h-10 flex-wrap items-center justify-between gap-x-2 pr-1 pl-3 text-voice sm:pl-4">
      <output
        data-testid="queue-state"
        className={classes('min-w-0 flex-1 basis-40 py-2', held ? 'text-caution' : 'text-ink-faint')}
      >
        {held ? words.queue.held[held] : words.queue.next(total)}
      </output>
      <div className="ml-auto flex items-center gap-1 py-1">
        {held && held !== 'comparison' && (
          <Button look="outline" data-testid="send-next" onClick={() => void sendNext()}>
            {queue.length > 1 ? words.queue.sendNext : words.queue.sendNow}
          </Button>
        )}
        {queue.length > 1 && (
          <Button data-testid="withdraw-all" onClick={() => void withdraw(queue)}>
            {words.queue.withdrawAll}
          </Button>
        )}
      </div>
    </div>
  )
}
