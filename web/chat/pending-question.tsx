import type { OutboxItem } from '../store/outbox-item.ts'
import { words } from '../words/words.ts'
import { NotSent } from './not-sent.tsx'
import { QuestionText } from './question-text.tsx'

/** A question that the server does not have yet. It stays, with what to do, until it is delivered or taken back. */
export function PendingQuestion({ item }: { item: OutboxItem }) {
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
        <NotSent item={item} className="pt-3" />
      )}
    </div>
  )
}
