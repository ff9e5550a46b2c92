import { useEffect, useRef, type ReactNode } from 'react'
import { useModel } from '../models/use-model.ts'
import { NEW_CONVERSATION } from '../store/drafts.ts'
import { useApp } from '../store/use-app.ts'
import { ABOVE_THE_PAGE } from '../ui/above-the-page.ts'
import { QueuePanel } from '../queue/queue-panel.tsx'
import { useMarkRead } from '../conversations/use-mark-read.ts'
import { words } from '../words/words.ts'
import { Composer } from './composer.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { useDocumentTitle } from '../conversations/use-document-title.ts'
import { DeletedNotice } from './deleted-notice.tsx'
import { EmptyState } from './empty-state.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { keepFocus } from './keep-focus.ts'
import { successorInDock } from './successor-in-dock.ts'
import { Thread } from './thread.tsx'
import { stopOrSay } from './stop-or-say.ts'
import { ThreadNotice } from './thread-notice.tsx'
import { useAsk } from './use-ask.ts'
import { useStoppable } from './use-answer.ts'
import { useEditLast } from './use-edit-last.ts'
import { useThread, type Thread as ThreadState } from './use-thread.ts'

/** One conversation with its composer; without an id the page on which one begins. */
export function Chat({ conversationId }: { conversationId: string | undefined }) {
  const thread = useThread(conversationId)
  const ask = useAsk(useApp())
  const stoppable = useStoppable(thread.turns.at(-1)?.answer?.message)
  const stop = stoppable && (() => void stopOrSay(stoppable))
  useEscape(stop)
  useDocumentTitle(thread.title, conversationId)
  useMarkRead(conversationId)
  const editLast = useEditLast(thread)
  const send = (text: string) => ask({ conversationId: conversationId ?? null, ...thread.next, text })
  if (thread.status === 'deleted') return <DeletedNotice conversationId={conversationId!} onRestored={thread.reload} />
  return (
    <>
      <Body thread={thread} onAsk={send} />
      <Dock>
        <ConnectionBanner />
        <ErrorBoundary key={conversationId}>
          <QueuePanel thread={thread} />
        </ErrorBoundary>
        <Composer
          draftKey={conversationId ?? NEW_CONVERSATION}
          placeholder={thread.turns.length === 0 ? words.composer.placeholder : words.composer.followUp}
          onSend={send}
          onStop={stop}
          onEditLast={editLast}
        />
      </Dock>
    </>
  )
}

/** What stays below the thread, on every page: the focus does not get lost in it. */
function Dock({ children }: { children: ReactNode }) {
  const dock = useRef<HTMLDivElement>(null)
  useEffect(() => keepFocus(dock.current!, successorInDock), [])
  return (
    <div
      ref={dock}
      className="composer-dock relative mx-auto w-full max-w-column shrink-0 px-3 pb-[calc(env(safe-area-inset-bottom)+0.75rem)] sm:px-0 sm:pb-5"
    >
      {children}
    </div>
  )
}

function Body({ thread, onAsk }: { thread: ThreadState; onAsk: (text: string) => void }) {
  const { list, model } = useModel()
  if (thread.status !== 'ready' && thread.status !== 'deleted')
    return <ThreadNotice status={thread.status} onRetry={thread.reload} />
  if (thread.turns.length > 0) return <Thread thread={thread} />
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <EmptyState list={list} demo={model?.demo ?? false} onAsk={onAsk} />
    </div>
  )
}

/** Escape stops the answer, unless it closes something that lies above the page. */
function useEscape(stop: (() => void) | undefined): void {
  useEffect(() => {
    if (!stop) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return
      if (document.querySelector(ABOVE_THE_PAGE)) return
      stop()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  })
}
