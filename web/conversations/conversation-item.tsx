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
    <div className="group relative" data-testid="conversation-item" data-running={running}>
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
        <span className={classes('fade-end min-w-0 flex-1 overflow-hidden whitespace-nowrap', running && 'mr-4')}>
          {title}
        </span>
        {running && (
          <span className="absolute right-3.5 pointer-fine:group-focus-within:invisible pointer-fine:group-hover:invisible pointer-coarse:right-11">
            <span className="alive-dot block" />
            <span className="sr-only">{words.nav.running}</span>
          </span>
        )}
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
