import type { OutboxItem } from './outbox-item.ts'

/** Where undelivered questions outlast their tab: all tabs of a browser see the same ones. */
export interface OutboxShelf {
  /** All of them, the earliest first. */
  read: () => OutboxItem[]
  put: (item: OutboxItem) => void
  remove: (key: string) => void
  /** Calls the listener when another tab changed something. */
  onChange: (listener: () => void) => void
}

const PREFIX = 'millrace.outbox.'

/** One entry for each question: tabs that write at the same time write into no one else's. */
export function createOutboxShelf(storage: Storage, events: Pick<Window, 'addEventListener'> = window): OutboxShelf {
  /** A full storage costs a question its life beyond this page, not its way to the server. */
  const unstored = new Map<string, OutboxItem>()
  return {
    read() {
      const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
      const items = keys.filter((key) => key.startsWith(PREFIX)).flatMap((key) => parse(storage.getItem(key)) ?? [])
      return [...items, ...unstored.values()].toSorted((a, b) => a.askedAt - b.askedAt)
    },
    put(item) {
      try {
        storage.setItem(PREFIX + item.key, JSON.stringify(item))
        unstored.delete(item.key)
      } catch {
        unstored.set(item.key, item)
      }
    },
    remove(key) {
      unstored.delete(key)
      storage.removeItem(PREFIX + key)
    },
    onChange(listener) {
      events.addEventListener('storage', ({ key }) => {
        if (key === null || key.startsWith(PREFIX)) listener()
      })
    },
  }
}

function parse(json: string | null): OutboxItem | undefined {
  try {
    const item: unknown = JSON.parse(json ?? 'null')
    return typeof item === 'object' && item !== null && 'key' in item ? (item as OutboxItem) : undefined
  } catch {
    return undefined
  }
}
