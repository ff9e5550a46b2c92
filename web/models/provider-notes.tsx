import { Check, Copy } from 'lucide-react'
import type { ProviderView } from '#protocol/api/models.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { useCopy } from '../ui/use-copy.ts'
import { words } from '../words/words.ts'

/** Says which providers are missing from the list and why, and what to type where that is all it takes. */
export function ProviderNotes({ providers }: { providers: readonly ProviderView[] }) {
  const missing = providers.filter(({ status }) => status === 'pending' || status === 'down')
  if (missing.length === 0) return null
  return (
    <ul className="max-h-1/2 shrink-0 overflow-y-auto border-t border-line px-3.5 py-2 text-voice text-ink-faint">
      {missing.map((provider) => (
        <li key={provider.id} className="py-0.5">
          <Note provider={provider} />
        </li>
      ))}
    </ul>
  )
}

function Note({ provider: { name, status, error } }: { provider: ProviderView }) {
  const command = error === null ? undefined : NPM_COMMAND.exec(error)?.[0]
  if (error === null || status === 'pending')
    return status === 'down' ? words.models.down(name) : words.models.pending(name)
  if (command === undefined) {
    return (
      <>
        {words.models.down(name)}
        <span className="block truncate" title={error}>
          {error}
        </span>
      </>
    )
  }
  return (
    <>
      <span className="block text-ink-soft">{words.models.unusable(name)}</span>
      <span className="block text-pretty wrap-anywhere select-text">{error.replace(command, '').trim()}</span>
      <Command text={command} />
    </>
  )
}

/** A line of its own in what a provider says. */
const NPM_COMMAND = /^npm install .+$/m

function Command({ text }: { text: string }) {
  const { copied, copy } = useCopy()
  return (
    <span className="mt-1 flex items-center gap-1 rounded-md border border-line py-1 pl-2.5">
      <code className="min-w-0 flex-1 font-mono wrap-anywhere text-ink-soft select-text">{text}</code>
      <IconButton label={words.empty.copyCommand} onClick={() => copy(text)}>
        {copied ? <Check className="size-3.5 text-accent" /> : <Copy className="size-3.5" />}
      </IconButton>
    </span>
  )
}
