import { Toast } from '@base-ui/react/toast'
import { X } from 'lucide-react'
import { words } from '../words/words.ts'
import { IconButton } from './icon-button.tsx'

/** Where the page says in passing what has happened; usable from outside React. */
export const toasts = Toast.createToastManager()

/** Says something that cannot be undone or retried from here. */
export function notify(title: string): void {
  toasts.add({ title })
}

/** Says what was done and offers to take it back for ten seconds. */
export function offerUndo(title: string, undo: () => void): void {
  const id = toasts.add({
    title,
    timeout: 10_000,
    actionProps: {
      children: words.nav.undo,
      onClick: () => {
        toasts.close(id)
        undo()
      },
    },
  })
}

export function Toasts() {
  return (
    <Toast.Provider toastManager={toasts} limit={2}>
      <Toast.Portal>
        <Toast.Viewport className="fixed inset-x-0 bottom-[calc(env(safe-area-inset-bottom)+1rem)] z-50 mx-auto flex w-fit max-w-[calc(100vw-2rem)] flex-col gap-2 md:right-auto md:left-4 md:mx-0">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function ToastList() {
  const { toasts: shown } = Toast.useToastManager()
  return shown.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast rounded-lg bg-raised shadow-float data-limited:hidden">
      <Toast.Content className="flex items-center gap-1 py-1.5 pr-1.5 pl-4">
        <Toast.Title className="max-w-72 truncate text-ui" />
        <Toast.Action className="ml-3 h-8 rounded-md px-2.5 text-ui font-medium text-accent hover:bg-tint pointer-coarse:h-11" />
        <Toast.Close render={<IconButton label={words.nav.dismiss} />}>
          <X className="size-3.5" />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ))
}
