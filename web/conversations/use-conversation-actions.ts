import { useNavigate, useParams, useRouter } from '@tanstack/react-router'
import type { ConversationView } from '#protocol/api/conversations.ts'
import { useApp } from '../store/use-app.ts'
import { notify, offerUndo } from '../ui/toast-store.ts'
import { words } from '../words/words.ts'
import { useRestore } from './use-restore.ts'

export interface ConversationActions {
  rename: (title: string) => void
  remove: () => void
}

/** Renames and deletes at once on the page, and takes it back when the server says no. */
export function useConversationActions({ id, title }: Pick<ConversationView, 'id' | 'title'>): ConversationActions {
  const { cache, client, queryClient } = useApp()
  const navigate = useNavigate()
  const router = useRouter()
  const restore = useRestore()
  const { conversationId: openId } = useParams({ strict: false })
  const open = () => navigate({ to: '/c/$conversationId', params: { conversationId: id } })
  /** Back to where it was open, unless its person has gone on to somewhere else. */
  const reopen = async () => {
    if (openId === id && router.state.location.pathname === '/') await open()
  }

  const retitle = (from: string | null, to: string | null) => {
    const change = (item: ConversationView) => (item.id === id && item.title === from ? { ...item, title: to } : item)
    cache.patchList(change)
    queryClient.setQueryData(cache.conversation(id).queryKey, (item) => item && change(item))
  }

  const rename = async (name: string) => {
    const next = name.trim()
    if (next === '' || next === title) return
    retitle(title, next)
    try {
      await client.updateConversation(id, { title: next })
    } catch {
      // Only this change is taken back: what came from elsewhere meanwhile stays.
      retitle(next, title)
      notify(words.nav.renameFailed)
    }
    cache.refresh(id)
  }

  const undo = async () => {
    if (await restore(id)) await reopen()
  }

  const remove = async () => {
    const putBack = cache.patchList((item) => (item.id === id ? undefined : item))
    if (openId === id) await navigate({ to: '/' })
    try {
      await client.deleteConversation(id)
      offerUndo(words.nav.deleted(title ?? words.untitled), () => void undo())
    } catch {
      putBack()
      cache.refresh(id)
      notify(words.nav.deleteFailed)
      await reopen()
    }
  }

  return { rename: (name) => void rename(name), remove: () => void remove() }
}
