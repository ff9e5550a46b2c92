import { NotSent } from '../chat/not-sent.tsx'
import type { OutboxItem } from '../store/outbox-item.ts'
import { words } from '../words/words.ts'
import { FoldedText } from './folded-text.tsx'

/** A question that will wait in the queue, once the server has it. */
export function UndeliveredTurn({ item }: { item: OutboxItem }) {
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
      {failed && <NotSent item={item} className="pt-1" />}
    </li>
  )
}
