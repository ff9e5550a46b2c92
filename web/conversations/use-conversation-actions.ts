import { useNavigate, useParams } from '@tanstack/react-router'
import type { ConversationView } from '#protocol/api/conversations.ts'
import { useApp } from '../store/use-app.ts'
import { notify, offerUndo } from '../ui/toast-store.ts'
import { words } from '../words/words.ts'

export interface ConversationActions {
  rename: (title: string) => void
  remove: () => void
}

/** Renames and deletes at once on the page, and takes it back when the server says no. */
export function useConversationActions({ id, title }: Pick<ConversationView, 'id' | 'title'>): ConversationActions {
  const { cache, client, otherTabs } = useApp()
  const navigate = useNavigate()
  const { conversationId: openId } = useParams({ strict: false })

  const settle = () => {
    cache.refresh(id)
    otherTabs.tell(id)
  }
  const restore = async () => {
    await client.updateConversation(id, { deleted: false })
    settle()
    if (openId === id) await navigate({ to: '/c/$conversationId', params: { conversationId: id } })
  }
  return {
    rename(name) {
      const next = name.trim()
      if (next === '' || next === title) return
      const undo = cache.patchList((item) => (item.id === id ? { ...item, title: next } : item))
      client.updateConversation(id, { title: next }).then(settle, () => {
        undo()
        notify(words.nav.renameFailed)
      })
    },
    remove() {
      const undo = cache.patchList((item) => (item.id === id ? undefined : item))
      if (openId === id) void navigate({ to: '/' })
      client.deleteConversation(id).then(
        () => {
          offerUndo(words.nav.deleted(title ?? words.untitled), () => void restore())
          otherTabs.tell(id)
        },
        () => {
          undo()
          notify(words.nav.deleteFailed)
        },
      )
    },
  }
}
