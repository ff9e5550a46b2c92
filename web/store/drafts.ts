import { createStore, type StoreApi } from 'zustand/vanilla'

/** The composer of the empty page keeps its draft under this name. */
export const NEW_CONVERSATION = 'new'

export interface Drafts {
  store: StoreApi<Readonly<Record<string, string>>>
  get: (conversation: string) => string
  /** An empty text forgets the draft. Written to the storage soon, or at `flush`. */
  set: (conversation: string, text: string) => void
  flush: () => void
}

const STORAGE_KEY = 'millrace.drafts'

/** Unsent text, one per conversation. Tabs write their own changes into what the others stored. */
export function createDrafts(storage: Pick<Storage, 'getItem' | 'setItem'>, writeAfterMs = 300): Drafts {
  const store = createStore<Readonly<Record<string, string>>>(() => read(storage))
  const changed = new Map<string, string>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (changed.size === 0) return
    const stored = { ...read(storage), ...Object.fromEntries(changed) }
    changed.clear()
    storage.setItem(STORAGE_KEY, JSON.stringify(withoutEmpty(stored)))
  }

  return {
    store,
    get: (conversation) => store.getState()[conversation] ?? '',
    set(conversation, text) {
      store.setState((drafts) => withoutEmpty({ ...drafts, [conversation]: text }), true)
      changed.set(conversation, text)
      timer ??= setTimeout(flush, writeAfterMs)
    },
    flush,
  }
}

function withoutEmpty(drafts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(drafts).filter(([, text]) => text !== ''))
}

function read(storage: Pick<Storage, 'getItem'>): Record<string, string> {
  try {
    const drafts: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}')
    return typeof drafts === 'object' && drafts !== null ? (drafts as Record<string, string>) : {}
  } catch {
    return {}
  }
}
