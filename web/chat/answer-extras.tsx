import type { MessagePart } from '#protocol/messages.ts'
import { words } from '../words/words.ts'

/** What an answer holds beside its text: the sources it names and the tools it asks for. */
export function AnswerExtras({ parts }: { parts: readonly MessagePart[] }) {
  const sources = parts.filter((part) => part.type === 'source')
  const calls = parts.filter((part) => part.type === 'tool-call')
  return (
    <>
      {calls.map((call) => (
        <details key={call.toolCallId} className="mt-3 text-ui text-ink-soft">
          <summary className="cursor-pointer rounded-sm">{words.answer.toolCall(call.name)}</summary>
          <pre className="mt-2 overflow-x-auto rounded-md bg-tint p-3 font-mono text-voice">{call.arguments}</pre>
        </details>
      ))}
      {sources.length > 0 && (
        <section className="mt-4 border-t border-line pt-3 text-ui">
          <h4 className="text-voice text-ink-faint">{words.answer.sources}</h4>
          <ol className="mt-1 grid gap-0.5">
            {sources.map((source, index) => (
              <li key={`${index} ${source.url}`} className="truncate">
                <SourceLink url={source.url} title={source.title} />
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  )
}

/** Only web addresses become links: what a model names is not to be trusted. */
function SourceLink({ url, title }: { url: string; title: string | undefined }) {
  const text = title ?? url
  if (!/^https?:\/\//i.test(url)) return <span>{text}</span>
  return (
    <a href={url} target="_blank" rel="noreferrer noopener" className="text-accent hover:underline">
      {text}
    </a>
  )
}
