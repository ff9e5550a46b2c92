import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useApp } from '../store/use-app.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'
import { ConversationItem } from './conversation-item.tsx'
import { groupByDate } from './group-by-date.ts'

export function ConversationList({ onOpen }: { onOpen: () => void }) {
  const { cache } = useApp()
  const { data, isError, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery(
    cache.list,
  )
  const groups = useMemo(
    () => groupByDate(data?.pages.flatMap(({ conversations }) => conversations) ?? [], Date.now()),
    [data],
  )
  if (isPending) return null
  if (isError && !data)
    return (
      <div className="px-2.5 py-2 text-voice text-ink-faint">
        <p>{words.nav.listFailed}</p>
        <Button className="mt-1 -ml-3" onClick={() => void refetch()}>
          {words.nav.tryAgain}
        </Button>
      </div>
    )
  if (groups.length === 0) return <p className="px-2.5 py-2 text-voice text-ink-faint">{words.nav.noneYet}</p>
  return (
    <>
      {groups.map((group) => (
        <section key={group.label} className="pb-4">
          <h2 className="px-2.5 pb-1 text-voice text-ink-faint">{group.label}</h2>
          {group.conversations.map((conversation) => (
            <ConversationItem key={conversation.id} conversation={conversation} onOpen={onOpen} />
          ))}
        </section>
      ))}
      {hasNextPage && (
        <Button className="w-full" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {words.nav.older}
        </Button>
      )}
    </>
  )
}
