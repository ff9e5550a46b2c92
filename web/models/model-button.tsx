import { ChevronDown } from 'lucide-react'
import type { ComponentProps } from 'react'
import type { ModelView } from '#protocol/api/models.ts'
import { words } from '../words/words.ts'
import { Simulated } from './simulated.tsx'

export function ModelButton({ model, ...rest }: { model: ModelView | undefined } & ComponentProps<'button'>) {
  const name = model?.name ?? words.models.loading
  return (
    <button
      type="button"
      data-testid="model-picker"
      aria-label={`${words.models.label}: ${name}`}
      aria-haspopup="listbox"
      {...rest}
      className="inline-flex h-8 min-w-0 items-center gap-1.5 rounded-md px-2 text-ui max-sm:-ml-1 text-ink-soft transition-colors duration-100 hover:bg-tint hover:text-ink data-popup-open:bg-tint data-popup-open:text-ink pointer-coarse:h-11"
    >
      <span className="truncate">{name}</span>
      {model?.demo && <Simulated />}
      <ChevronDown className="size-3.5 shrink-0 text-ink-faint" />
    </button>
  )
}
