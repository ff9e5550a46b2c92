import { Link } from '@tanstack/react-router'
import { lazy, memo, Suspense, useState } from 'react'
import type { ConversationView } from '#protocol/api/conversations.ts'
import { classes } from '../ui/classes.ts'
import { words } from '../words/words.ts'
import { MenuButton } from './menu-button.tsx'
import { RenameField } from './rename-field.tsx'
import { useConversationActions } from './use-conversation-actions.ts'

const loadMenu = () => import('./conversation-menu.tsx')
const ConversationMenu = lazy(async () => ({ default: (await loadMenu()).ConversationMenu }))

export interface ConversationItemProps {
  conversation: ConversationView
  onOpen: () => void
}

export const ConversationItem = memo(function ConversationItem({ conversation, onOpen }: ConversationItemProps) {
  const [mode, setMode] = useState<'plain' | 'menu' | 'renaming'>('plain')
  const { rename, remove } = useConversationActions(conversation)
  const title = conversation.title ?? words.untitled
  const running = conversation.running > 0
  const { queued, unread } = conversation
  const marked = running || unread || queued > 0
  if (mode === 'renaming')
    return (
      <RenameField
        title={title}
        onDone={(name) => {
          setMode('plain')
          if (name !== undefined) rename(name)
        }}
      />
    )
  const button = <MenuButton title={title} onClick={() => setMode('menu')} onPointerEnter={() => void loadMenu()} />
  return (
    <div className="group relative" data-testid="conversation-item" data-running={running} data-unread={unread}>
      <Link
        to="/c/$conversationId"
        params={{ conversationId: conversation.id }}
        onClick={onOpen}
        title={title}
        className={classes(
          'flex h-8 items-center rounded-md px-2.5 text-ui text-ink-soft transition-colors duration-100 hover:bg-tint hover:text-ink',
          'group-has-data-popup-open:bg-tint aria-[current=page]:bg-tint aria-[current=page]:text-ink pointer-coarse:h-11',
        )}
      >
        <span
          className={classes(
            'fade-end min-w-0 flex-1 overflow-hidden whitespace-nowrap',
            unread && 'font-medium text-ink',
            marked && (queued > 0 ? 'mr-8' : 'mr-4'),
          )}
        >
          {title}
        </span>
        {marked && <Marks running={running} unread={unread} queued={queued} />}
      </Link>
      {mode === 'plain' && button}
      {mode === 'menu' && (
        <Suspense fallback={button}>
          <ConversationMenu title={title} onRename={() => setMode('renaming')} onDelete={remove} />
        </Suspense>
      )}
    </div>
  )
})

/** What goes on in it, where the menu's button comes when it is reached for. */
function Marks({ running, unread, queued }: { running: boolean; unread: boolean; queued: number }) {
  return (
    <span className="absolute right-3.5 flex items-center gap-2 pointer-fine:group-focus-within:invisible pointer-fine:group-hover:invisible pointer-coarse:right-11">
      {queued > 0 && (
        <>
          <span aria-hidden="true" data-testid="queued-count" className="tabular text-voice text-ink-faint">
            {queued}
          </span>
          <span className="sr-only">{words.nav.queued(queued)}</span>
        </>
      )}
      {(running || unread) && (
        <>
          <span className={running ? 'alive-dot block' : 'block size-1.5 rounded-full bg-accent'} />
          <span className="sr-only">{running ? words.nav.running : words.nav.unread}</span>
        </>
      )}
    </span>
  )
}
