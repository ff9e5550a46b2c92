import { Check, Copy } from 'lucide-react'
import type { ModelList } from '#protocol/api/models.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { useCopy } from '../ui/use-copy.ts'
import { words } from '../words/words.ts'

export interface EmptyStateProps {
  list: ModelList | undefined
  /** The chosen model is the demonstration. */
  demo: boolean
  onAsk: (text: string) => void
}

/** Before the first question: the one thing to know, and what the demo model is while it is the one that answers. */
export function EmptyState({ list, demo, onAsk }: EmptyStateProps) {
  const onlyDemo = list?.models.every((model) => model.demo) ?? false
  return (
    <div className="mx-auto flex min-h-full w-full max-w-column flex-col justify-center px-6 pt-10 pb-[max(2rem,10dvh)] sm:px-4">
      <h1 className="text-display max-sm:-mr-4 font-semibold tracking-[-0.022em] text-balance text-ink">
        {words.empty.title}
      </h1>
      <p className="max-w-[34rem] pt-3 text-body text-pretty text-ink-soft">{words.empty.lesson}</p>
      {demo && (
        <div className="mt-8 border-t border-line pt-6">
          <p className="text-ui text-pretty text-ink-soft">
            <strong className="font-medium text-ink">{words.empty.demoTitle}</strong> {words.empty.demo}
          </p>
          <div className="flex flex-wrap items-center gap-2 pt-4">
            <span className="pr-1 text-ui text-ink-faint">{words.empty.demoTry}</span>
            {words.empty.demoWords.map((word) => (
              <button
                key={word}
                type="button"
                onClick={() => onAsk(word)}
                className="h-8 rounded-full border border-line px-3 text-ui text-ink transition-colors duration-100 hover:border-accent hover:text-accent pointer-coarse:h-11 pointer-coarse:px-4"
              >
                {word}
              </button>
            ))}
          </div>
          {onlyDemo && <ConnectHint />}
        </div>
      )}
    </div>
  )
}

function ConnectHint() {
  return (
    <div className="pt-6">
      <p className="text-ui text-ink-soft">{words.empty.connect}</p>
      <dl className="mt-3 divide-y divide-line border-y border-line">
        <Command name={words.empty.connectLocal} command={words.empty.connectLocalCommand} />
        <Command name={words.empty.connectRemote} command={words.empty.connectRemoteCommand} />
      </dl>
    </div>
  )
}

function Command({ name, command }: { name: string; command: string }) {
  const { copied, copy } = useCopy()
  return (
    <div className="flex items-center gap-4 py-1">
      <dt className="hidden w-40 shrink-0 text-voice text-ink-faint sm:block">{name}</dt>
      <dd className="flex min-w-0 flex-1 items-center justify-between">
        <code className="truncate font-mono text-voice text-ink-soft">{command}</code>
        <IconButton label={words.empty.copyCommand} onClick={() => copy(command)}>
          {copied ? <Check className="size-3.5 text-accent" /> : <Copy className="size-3.5" />}
        </IconButton>
      </dd>
    </div>
  )
}
