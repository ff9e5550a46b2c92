import { createStore, type StoreApi } from 'zustand/vanilla'

/** The composer of the empty page keeps its draft under this name. */
export const NEW_CONVERSATION = 'new'

export interface Drafts {
  store: StoreApi<Readonly<Record<string, string>>>
  /** Texts that other tabs wrote over with different ones; kept until somebody takes or drops them. */
  aside: StoreApi<Readonly<Record<string, string>>>
  get: (name: string) => string
  /** An empty text is not stored. Written to the storage soon, or at `flush`. */
  set: (name: string, text: string) => void
  /** Takes a draft away at once, here and in the other tabs that show the same one. */
  forget: (name: string) => void
  /** Puts the text of another tab in the place of this one's, which is set aside for it. */
  swap: (name: string) => void
  dropAside: (name: string) => void
  flush: () => void
}

export interface DraftsOptions {
  storage: Storage
  /** Where changes of other tabs are told; absent for a storage that is this tab's own. */
  events?: Pick<Window, 'addEventListener'>
  writeAfterMs?: number
}

const PREFIX = 'millrace.draft.'
const ASIDE = 'millrace.draft-aside.'

/**
 * Unsent text, one per place where something can be typed. Tabs that show the same place show the same draft: what one
 * writes appears in the other, unless that has something of its own that was not stored yet. Then the text that was there
 * is set aside instead of being written over.
 */
export function createDrafts({ storage, events, writeAfterMs = 300 }: DraftsOptions): Drafts {
  const store = createStore<Readonly<Record<string, string>>>(() => readAll(storage, PREFIX))
  const aside = createStore<Readonly<Record<string, string>>>(() => readAll(storage, ASIDE))
  /** What the storage held when this tab last looked. */
  const seen = new Map(Object.entries(store.getState()))
  const changed = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const show = (name: string, text: string | undefined) =>
    store.setState((drafts) => (text === undefined ? without(drafts, name) : { ...drafts, [name]: text }), true)
  const setAside = (name: string, text: string | undefined) => {
    write(storage, ASIDE + name, text)
    aside.setState((texts) => (text === undefined ? without(texts, name) : { ...texts, [name]: text }), true)
  }

  const commit = (name: string) => {
    const stored = storage.getItem(PREFIX + name) ?? undefined
    const text = store.getState()[name] || undefined
    if (stored !== undefined && stored !== seen.get(name) && stored !== text) setAside(name, stored)
    write(storage, PREFIX + name, text)
    if (text === undefined) seen.delete(name)
    else seen.set(name, text)
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    for (const name of changed) commit(name)
    changed.clear()
  }

  events?.addEventListener('storage', ({ key, newValue }) => {
    if (key?.startsWith(ASIDE)) aside.setState(readAll(storage, ASIDE), true)
    if (!key?.startsWith(PREFIX)) return
    const name = key.slice(PREFIX.length)
    // What is being typed here right now is compared with it when it is stored.
    if (changed.has(name)) return
    if (newValue === null) seen.delete(name)
    else seen.set(name, newValue)
    show(name, newValue ?? undefined)
  })

  return {
    store,
    aside,
    get: (name) => store.getState()[name] ?? '',
    set(name, text) {
      show(name, text)
      changed.add(name)
      timer ??= setTimeout(flush, writeAfterMs)
    },
    forget(name) {
      show(name, undefined)
      changed.delete(name)
      commit(name)
    },
    swap(name) {
      const theirs = aside.getState()[name]
      if (theirs === undefined) return
      setAside(name, store.getState()[name] || undefined)
      show(name, theirs)
      changed.delete(name)
      commit(name)
    },
    dropAside: (name) => setAside(name, undefined),
    flush,
  }
}

function without(drafts: Readonly<Record<string, string>>, name: string): Record<string, string> {
  const { [name]: _gone, ...rest } = drafts
  return rest
}

function write(storage: Storage, key: string, text: string | undefined): void {
  try {
    if (text === undefined) storage.removeItem(key)
    else storage.setItem(key, text)
  } catch {
    // A full storage: the draft lives as long as its page.
  }
}

function readAll(storage: Storage, prefix: string): Record<string, string> {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  const own = keys.filter((key) => key.startsWith(prefix))
  return Object.fromEntries(own.map((key) => [key.slice(prefix.length), storage.getItem(key) ?? '']))
}
