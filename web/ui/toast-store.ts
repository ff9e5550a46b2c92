import { createStore } from 'zustand/vanilla'

export interface Toast {
  id: number
  text: string
  timeoutMs: number
  undo?: () => void
  /** What the button says, where that is not Undo. */
  undoLabel?: string
}

/** What the page says in passing; filled from anywhere, shown by `Toasts`. */
export const toastStore = createStore<readonly Toast[]>(() => [])

const MOST = 3
let lastId = 0

/** Says something that cannot be undone or retried from here. */
export function notify(text: string): void {
  show({ text, timeoutMs: 6000 })
}

/** Says what was done and offers to take it back for ten seconds. */
export function offerUndo(text: string, undo: () => void, undoLabel?: string): void {
  show({ text, timeoutMs: 10_000, undo, ...(undoLabel !== undefined && { undoLabel }) })
}

export function dismissToast(id: number): void {
  toastStore.setState((toasts) => toasts.filter((toast) => toast.id !== id), true)
}

function show(toast: Omit<Toast, 'id'>): void {
  lastId += 1
  const id = lastId
  toastStore.setState((toasts) => [...toasts, { ...toast, id }].slice(-MOST), true)
}
