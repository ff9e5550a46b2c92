import { useQueryClient } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { MessageView } from '#protocol/api/messages.ts'
import { newestLeafBelow } from '../store/message-tree.ts'
import { useApp } from '../store/use-app.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { words } from '../words/words.ts'

/** Steps through the versions of a message: "2/3". */
export function Versions({ message, versions }: { message: MessageView; versions: readonly string[] }) {
  const choose = useChooseVersion(message.conversationId)
  const place = versions.indexOf(message.id)
  const total = versions.length
  return (
    <fieldset aria-label={words.answer.versionLabel(place + 1, total)} className="flex items-center text-voice">
      <IconButton
        label={words.answer.previous}
        disabled={place === 0}
        onClick={() => choose(versions[place - 1])}
        className="-mr-1"
      >
        <ChevronLeft className="size-3.5" />
      </IconButton>
      <span className="tabular text-ink-faint">{words.answer.version(place + 1, total)}</span>
      <IconButton
        label={words.answer.next}
        disabled={place === total - 1}
        onClick={() => choose(versions[place + 1])}
        className="-ml-1"
      >
        <ChevronRight className="size-3.5" />
      </IconButton>
    </fieldset>
  )
}

/** Shows a version at once and lets the server remember it; a failure to remember loses nothing. */
function useChooseVersion(conversationId: string): (id: string | undefined) => void {
  const { cache, client, leafHold } = useApp()
  const queryClient = useQueryClient()
  return (id) => {
    const messages = queryClient.getQueryData(cache.messages(conversationId).queryKey)
    if (id === undefined || !messages) return
    const activeLeafId = newestLeafBelow(messages, id)
    cache.leafChosen(conversationId, activeLeafId)
    leafHold.chosen(conversationId, activeLeafId)
    client.updateConversation(conversationId, { activeLeafId }).catch(() => undefined)
  }
}
