import { Link, useParams } from '@tanstack/react-router'
import { Menu, SquarePen } from 'lucide-react'
import { lazy, Suspense, useCallback, useState } from 'react'
import { Sidebar } from '../conversations/sidebar.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { Toasts } from '../ui/toasts.tsx'
import { words } from '../words/words.ts'
import { Chat } from './chat.tsx'

const Drawer = lazy(async () => ({ default: (await import('../ui/drawer.tsx')).Drawer }))

/** The whole page: conversations at the side, or in a drawer on narrow screens, and the open one. */
export function Page() {
  const { conversationId } = useParams({ strict: false })
  const [drawer, setDrawer] = useState<'never opened' | 'open' | 'closed'>('never opened')
  const closeDrawer = useCallback(() => setDrawer('closed'), [])
  return (
    <div className="flex h-full">
      <aside className="hidden w-66 shrink-0 flex-col border-r border-line bg-wash md:flex">
        <Sidebar />
      </aside>
      {drawer !== 'never opened' && (
        <Suspense>
          <Drawer
            open={drawer === 'open'}
            onOpenChange={(open) => setDrawer(open ? 'open' : 'closed')}
            title={words.nav.conversations}
          >
            <Sidebar onOpen={closeDrawer} />
          </Drawer>
        </Suspense>
      )}
      <main className="flex min-w-0 flex-1 flex-col">
        <header className="flex h-[calc(3rem+env(safe-area-inset-top))] shrink-0 items-center justify-between border-b border-line px-2 pt-[env(safe-area-inset-top)] md:hidden">
          <IconButton label={words.nav.open} onClick={() => setDrawer('open')}>
            <Menu className="size-4.5" />
          </IconButton>
          <Link
            to="/"
            aria-label={words.nav.newChat}
            className="inline-flex size-8 items-center justify-center rounded-md text-ink-faint hover:text-ink pointer-coarse:size-11"
          >
            <SquarePen className="size-4.5" />
          </Link>
        </header>
        <Chat conversationId={conversationId} />
      </main>
      <Toasts />
    </div>
  )
}
