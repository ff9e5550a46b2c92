import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { words } from '../words/words.ts'
import { IconButton } from './icon-button.tsx'
import { dismissToast, toastStore, type Toast } from './toast-store.ts'

export function Toasts() {
  const toasts = useStore(toastStore)
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 top-[calc(env(safe-area-inset-top)+3.5rem)] z-50 flex flex-col items-center gap-2 md:top-auto md:right-auto md:bottom-[calc(env(safe-area-inset-bottom)+1rem)] md:items-start"
    >
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} />
      ))}
    </div>
  )
}

/** Stays while a pointer or the focus rests on it: nobody loses an undo by reading slowly. */
function ToastView({ toast }: { toast: Toast }) {
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => dismissToast(toast.id), toast.timeoutMs)
    return () => clearTimeout(timer)
  }, [held, toast])
  return (
    <div
      className="toast pointer-events-auto flex max-w-full items-center gap-1 rounded-lg bg-raised py-1.5 pr-1.5 pl-4 text-ui shadow-float"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <p className="max-w-80 truncate">{toast.text}</p>
      {toast.undo && (
        <button
          type="button"
          className="ml-3 h-8 shrink-0 rounded-md px-2.5 font-medium text-accent hover:bg-tint pointer-coarse:h-11"
          onClick={() => {
            dismissToast(toast.id)
            toast.undo?.()
          }}
        >
          {toast.undoLabel ?? words.nav.undo}
        </button>
      )}
      <IconButton label={words.nav.dismiss} onClick={() => dismissToast(toast.id)}>
        <X className="size-3.5" />
      </IconButton>
    </div>
  )
}
