import { Dialog } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'

export interface DrawerProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  children: ReactNode
}

/** A panel from the left edge, for narrow screens. Focus stays inside and goes back to where it came from. */
export function Drawer({ open, onOpenChange, title, children }: DrawerProps) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop fixed inset-0 z-30" />
        <Dialog.Popup className="drawer fixed inset-y-0 left-0 z-30 flex w-[min(20rem,86vw)] flex-col bg-wash outline-none">
          <Dialog.Title className="sr-only">{title}</Dialog.Title>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
