import { useQueryClient } from '@tanstack/react-query'
import { NEW_CONVERSATION } from '../store/drafts.ts'
import type { OutboxItem } from '../store/outbox-item.ts'
import { useApp } from '../store/use-app.ts'

/** Takes an undelivered question back to where it was written: into its editor, or into the composer. */
export function useTakeBack(): (item: OutboxItem) => void {
  const { cache, edits, outbox } = useApp()
  const queryClient = useQueryClient()
  const putInComposer = usePutInComposer()
  return ({ key, conversationId }) => {
    const item = outbox.take(key)
    if (!item) return
    const messages = queryClient.getQueryData(cache.messages(conversationId ?? '').queryKey)
    const edited = messages?.find(({ id }) => id === item.replaces)
    if (edited) edits.set(edited.id, item.text)
    else putInComposer(conversationId, item.text)
  }
}

/** Adds text to what is in the composer of a conversation and goes there. */
export function usePutInComposer(): (conversationId: string | null | undefined, text: string) => void {
  const { drafts } = useApp()
  return (conversationId, text) => {
    const name = conversationId ?? NEW_CONVERSATION
    const typed = drafts.get(name)
    drafts.set(name, typed.trim() === '' ? text : `${typed}\n\n${text}`)
    document.querySelector<HTMLTextAreaElement>('[data-composer]')?.focus()
  }
}
