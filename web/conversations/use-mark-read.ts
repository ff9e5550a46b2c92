import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useApp } from '../store/use-app.ts'
import { useVisible } from '../ui/use-visible.ts'

/** A conversation that lies open before somebody's eyes is read, on every device. */
export function useMarkRead(conversationId: string | undefined): void {
  const { cache, client, queryClient } = useApp()
  const { data } = useQuery({ ...cache.conversation(conversationId ?? ''), enabled: conversationId !== undefined })
  const visible = useVisible()
  const revision = visible && data?.unread ? data.revision : undefined
  useEffect(() => {
    if (conversationId === undefined || revision === undefined) return
    cache.patchList((item) => (item.id === conversationId ? { ...item, unread: false } : item))
    client.markRead(conversationId, revision).then(
      (read) => queryClient.setQueryData(cache.conversation(conversationId).queryKey, read),
      // It stays unread on the server, and is marked when it is next seen to be.
      () => undefined,
    )
  }, [cache, client, queryClient, conversationId, revision])
}
