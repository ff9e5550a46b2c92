import { Ellipsis } from 'lucide-react'
import type { ComponentProps } from 'react'
import { words } from '../words/words.ts'

export function MenuButton({ title, ...rest }: { title: string } & ComponentProps<'button'>) {
  return (
    <button
      type="button"
      aria-label={words.nav.menuOf(title)}
      aria-haspopup="menu"
      {...rest}
      className="absolute inset-y-0.5 right-0.5 pointer-coarse:inset-y-0 flex w-8 items-center justify-center rounded-md text-ink-faint opacity-0 group-hover:opacity-100 hover:text-ink focus-visible:opacity-100 data-popup-open:opacity-100 pointer-coarse:w-11 pointer-coarse:opacity-100"
    >
      <Ellipsis className="size-4" />
    </button>
  )
}
