import type { InfiniteData } from '@tanstack/react-query'
import type { ConversationPage, ConversationView } from '#protocol/api/conversations.ts'

export type ListData = InfiniteData<ConversationPage, string | null>

/** The list with a conversation as it is now, at its place: newest activity first. One that is known newer stays. */
export function placeInList(data: ListData, conversation: ConversationView): ListData {
  const known = conversationsOf(data).find(({ id }) => id === conversation.id)
  if (known && known.revision > conversation.revision) return data
  const without = known ? removeFromList(data, conversation.id) : data
  const isLoadedTo = without.pages.at(-1)?.next === null
  const index = without.pages.findIndex((page, at) => {
    const last = page.conversations.at(-1)
    if (last === undefined) return at === without.pages.length - 1 && isLoadedTo
    return isBefore(conversation, last) || (at === without.pages.length - 1 && isLoadedTo)
  })
  if (index < 0) return without
  const pages = without.pages.map((page, at) =>
    at === index ? { ...page, conversations: inserted(page.conversations, conversation) } : page,
  )
  return { ...without, pages }
}

export function removeFromList(data: ListData, id: string): ListData {
  const pages = data.pages.map((page) =>
    page.conversations.some((conversation) => conversation.id === id)
      ? { ...page, conversations: page.conversations.filter((conversation) => conversation.id !== id) }
      : page,
  )
  return { ...data, pages }
}

export function conversationsOf(data: ListData): ConversationView[] {
  return data.pages.flatMap(({ conversations }) => conversations)
}

function inserted(conversations: readonly ConversationView[], conversation: ConversationView): ConversationView[] {
  const at = conversations.findIndex((other) => isBefore(conversation, other))
  return conversations.toSpliced(at < 0 ? conversations.length : at, 0, conversation)
}

function isBefore(a: ConversationView, b: ConversationView): boolean {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt > b.updatedAt
  return a.id > b.id
}
