import type { ConversationView } from '#protocol/api/conversations.ts'
import { words } from '../words/words.ts'

export interface DateGroup {
  label: string
  conversations: ConversationView[]
}

const monthOf = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric' })

/** Splits a list that is newest first by the day of the last change, in the reader's own time zone. */
export function groupByDate(conversations: readonly ConversationView[], nowMs: number): DateGroup[] {
  const groups: DateGroup[] = []
  for (const conversation of conversations) {
    const label = labelOf(new Date(conversation.updatedAt), nowMs)
    const last = groups.at(-1)
    if (last?.label === label) last.conversations.push(conversation)
    else groups.push({ label, conversations: [conversation] })
  }
  return groups
}

function labelOf(date: Date, nowMs: number): string {
  const days = Math.round((startOfDay(new Date(nowMs)) - startOfDay(date)) / 86_400_000)
  if (days <= 0) return words.dates.today
  if (days === 1) return words.dates.yesterday
  if (days <= 7) return words.dates.week
  if (days <= 30) return words.dates.month
  return monthOf.format(date)
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}
