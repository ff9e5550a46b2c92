import { Link } from '@tanstack/react-router'
import { SquarePen } from 'lucide-react'
import { useCallback } from 'react'
import { ThemeButton } from '../ui/theme-button.tsx'
import { Wordmark } from '../ui/wordmark.tsx'
import { words } from '../words/words.ts'
import { ConversationList } from './conversation-list.tsx'

/** The list of conversations, in a column beside the page or inside a drawer. */
export function Sidebar({ onOpen }: { onOpen?: () => void }) {
  const open = useCallback(() => onOpen?.(), [onOpen])
  return (
    <div className="flex min-h-0 flex-1 flex-col pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)] pl-[env(safe-area-inset-left)]">
      <div className="flex h-14 shrink-0 items-center justify-between pr-2.5 pl-5">
        <Link to="/" onClick={open} className="inline-flex items-center rounded-md pointer-coarse:h-11">
          <Wordmark />
        </Link>
        <ThemeButton />
      </div>
      <div className="px-2.5 pb-4">
        <Link
          to="/"
          onClick={open}
          data-testid="new-chat"
          className="flex h-8 items-center gap-2.5 rounded-md px-2.5 text-ui text-ink transition-colors duration-100 hover:bg-tint pointer-coarse:h-11"
        >
          <SquarePen className="size-4 text-ink-faint" />
          {words.nav.newChat}
        </Link>
      </div>
      <nav aria-label={words.nav.conversations} className="min-h-0 flex-1 overflow-y-auto px-2.5 pb-4">
        <ConversationList onOpen={open} />
      </nav>
    </div>
  )
}
