import { createStore, type StoreApi } from 'zustand/vanilla'

/** The leaves that this page goes on showing, by conversation, wherever another device has gone meanwhile. */
export interface LeafHold {
  store: StoreApi<Readonly<Record<string, string>>>
  /** While something in the conversation is being edited. Returns how to let it go. */
  hold: (conversationId: string, leafId: string) => () => void
  /** A person chose another version here: that is what is held from now on. */
  chosen: (conversationId: string, leafId: string) => void
}

export function createLeafHold(): LeafHold {
  const store = createStore<Readonly<Record<string, string>>>(() => ({}))
  const holders = new Map<string, number>()
  const isHeld = (conversationId: string) => (holders.get(conversationId) ?? 0) > 0
  const set = (conversationId: string, leafId: string) => store.setState({ [conversationId]: leafId })
  return {
    store,
    hold(conversationId, leafId) {
      if (!isHeld(conversationId)) set(conversationId, leafId)
      holders.set(conversationId, (holders.get(conversationId) ?? 0) + 1)
      return () => {
        holders.set(conversationId, (holders.get(conversationId) ?? 1) - 1)
        if (isHeld(conversationId)) return
        const { [conversationId]: _released, ...rest } = store.getState()
        store.setState(rest, true)
      }
    },
    chosen(conversationId, leafId) {
      if (isHeld(conversationId)) set(conversationId, leafId)
    },
  }
}
