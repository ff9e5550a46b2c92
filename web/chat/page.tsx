import { useParams } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useState } from 'react'
import { Sidebar } from '../conversations/sidebar.tsx'
import { Toasts } from '../ui/toasts.tsx'
import { words } from '../words/words.ts'
import { Chat } from './chat.tsx'
import { PhoneHeader } from './phone-header.tsx'

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
        <PhoneHeader conversationId={conversationId} onMenu={() => setDrawer('open')} />
        <Chat conversationId={conversationId} />
      </main>
      <Toasts />
    </div>
  )
}
