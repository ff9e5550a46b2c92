import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Menu, SquarePen } from 'lucide-react'
import { useApp } from '../store/use-app.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { words } from '../words/words.ts'

export interface PhoneHeaderProps {
  conversationId: string | undefined
  onMenu: () => void
}

/** On narrow screens: the way to the other conversations, which one this is, and the way to a new one. */
export function PhoneHeader({ conversationId, onMenu }: PhoneHeaderProps) {
  const { cache } = useApp()
  const { data } = useQuery({ ...cache.conversation(conversationId ?? ''), enabled: conversationId !== undefined })
  return (
    <header className="flex h-[calc(3rem+env(safe-area-inset-top))] shrink-0 items-center justify-between gap-2 border-b border-line px-1.5 pt-[env(safe-area-inset-top)] md:hidden">
      <IconButton label={words.nav.open} onClick={onMenu}>
        <Menu className="size-4.5" />
      </IconButton>
      <p className="min-w-0 truncate text-ui text-ink-soft">{conversationId === undefined ? '' : data?.title}</p>
      <Link
        to="/"
        aria-label={words.nav.newChat}
        className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-ink-faint hover:text-ink pointer-coarse:size-11"
      >
        <SquarePen className="size-4.5" />
      </Link>
    </header>
  )
}
