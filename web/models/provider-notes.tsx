import type { ProviderView } from '#protocol/api/models.ts'
import { words } from '../words/words.ts'

/** Says which providers are missing from the list and why. */
export function ProviderNotes({ providers }: { providers: readonly ProviderView[] }) {
  const missing = providers.filter(({ status }) => status === 'pending' || status === 'down')
  if (missing.length === 0) return null
  return (
    <ul className="border-t border-line px-3.5 py-2 text-voice text-ink-faint">
      {missing.map((provider) => (
        <li key={provider.id} className="py-0.5" title={provider.error ?? undefined}>
          {provider.status === 'down' ? words.models.down(provider.name) : words.models.pending(provider.name)}
          {provider.error !== null && <span className="block truncate">{provider.error}</span>}
        </li>
      ))}
    </ul>
  )
}
