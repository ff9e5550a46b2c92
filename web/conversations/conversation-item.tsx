import { Link } from '@tanstack/react-router'
import { Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { memo, useState } from 'react'
import type { ConversationView } from '#protocol/api/conversations.ts'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { words } from '../words/words.ts'
import { RenameField } from './rename-field.tsx'
import { useConversationActions } from './use-conversation-actions.ts'

export interface ConversationItemProps {
  conversation: ConversationView
  onOpen: () => void
}

export const ConversationItem = memo(function ConversationItem({ conversation, onOpen }: ConversationItemProps) {
  const [renaming, setRenaming] = useState(false)
  const { rename, remove } = useConversationActions(conversation)
  const title = conversation.title ?? words.untitled
  if (renaming)
    return (
      <RenameField
        title={title}
        onDone={(name) => {
          setRenaming(false)
          if (name !== undefined) rename(name)
        }}
      />
    )
  return (
    <div className="group relative" data-testid="conversation-item" data-running={conversation.running > 0}>
      <Link
        to="/c/$conversationId"
        params={{ conversationId: conversation.id }}
        onClick={onOpen}
        className="flex h-8 items-center gap-2 rounded-md pr-9 pl-2.5 text-ui text-ink-soft transition-colors duration-100 hover:bg-tint hover:text-ink aria-[current=page]:bg-tint aria-[current=page]:text-ink pointer-coarse:h-11"
      >
        <span className="truncate">{title}</span>
        {conversation.running > 0 && (
          <span className="ml-auto flex shrink-0 items-center group-focus-within:invisible group-hover:invisible">
            <span className="alive-dot absolute right-3.5" />
            <span className="sr-only">{words.nav.running}</span>
          </span>
        )}
      </Link>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={words.nav.menuOf(title)}
            className="absolute inset-y-0.5 right-0.5 flex w-8 items-center justify-center rounded-md text-ink-faint opacity-0 group-hover:opacity-100 hover:text-ink focus-visible:opacity-100 data-popup-open:opacity-100 pointer-coarse:w-11 pointer-coarse:opacity-100"
          >
            <Ellipsis className="size-4" />
          </button>
        }
      >
        <MenuItem onClick={() => setRenaming(true)}>
          <Pencil />
          {words.nav.rename}
        </MenuItem>
        <MenuItem danger onClick={remove}>
          <Trash2 />
          {words.nav.delete}
        </MenuItem>
      </Menu>
    </div>
  )
})
