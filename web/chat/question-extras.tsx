import type { MessagePart } from '#protocol/messages.ts'
import { words } from '../words/words.ts'

/** What a question holds beside its words: images and documents that were sent along, and what tools have said. */
export function QuestionExtras({ parts }: { parts: readonly MessagePart[] }) {
  return parts.map((part, index) => {
    if (part.type === 'image') {
      return (
        <img
          key={`${index} ${part.fileId}`}
          src={addressOf(part.fileId)}
          alt={part.alt ?? words.question.image}
          className="mt-2 max-h-80 max-w-full rounded-md"
          loading="lazy"
        />
      )
    }
    if (part.type === 'file') {
      return (
        <a
          key={`${index} ${part.fileId}`}
          href={addressOf(part.fileId)}
          className="mt-2 block truncate rounded-sm text-ui text-accent hover:underline"
        >
          {part.name}
        </a>
      )
    }
    if (part.type !== 'tool-result') return null
    return (
      <details key={part.toolCallId} className="mt-2 text-ui text-ink-soft">
        <summary className="cursor-pointer rounded-sm">
          {part.isError ? words.question.toolFailed : words.question.toolResult}
        </summary>
        <pre className="mt-2 max-h-80 overflow-auto rounded-md bg-raised p-3 font-mono text-voice">{part.content}</pre>
      </details>
    )
  })
}

/** Of our own server: whatever a message names, nothing is loaded from elsewhere. */
function addressOf(fileId: string): string {
  return `/api/v1/files/${encodeURIComponent(fileId)}`
}
