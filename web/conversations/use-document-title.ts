import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useApp } from '../store/use-app.ts'
import { useVisible } from '../ui/use-visible.ts'
import { words } from '../words/words.ts'

/** The title of the page: how many conversations are unread, and from elsewhere whether this one is being written. */
export function useDocumentTitle(title: string | undefined, conversationId: string | undefined): void {
  const { cache } = useApp()
  const conversations = useInfiniteQuery(cache.list).data?.pages.flatMap((page) => page.conversations) ?? []
  const visible = useVisible()
  const unread = conversations.filter((item) => item.unread && !(visible && item.id === conversationId)).length
  const writing = !visible && conversations.some(({ id, running }) => id === conversationId && running > 0)
  const text = words.documentTitle(title, { unread, writing })
  useEffect(() => {
    document.title = text
  }, [text])
}
