import { Menu as BaseMenu } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import { classes } from './classes.ts'

/** A menu that comes into being opened; its trigger is the button given. */
export function Menu({ trigger, children }: { trigger: ReactElement; children: ReactNode }) {
  return (
    <BaseMenu.Root defaultOpen>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner sideOffset={4} align="end" className="z-40">
          <BaseMenu.Popup className="popup min-w-40 rounded-lg bg-raised p-1 shadow-float outline-none">
            {children}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  )
}

export interface MenuItemProps {
  onClick: () => void
  danger?: boolean
  children: ReactNode
}

export function MenuItem({ onClick, danger = false, children }: MenuItemProps) {
  return (
    <BaseMenu.Item
      onClick={onClick}
      className={classes(
        'flex h-8 cursor-default items-center gap-2.5 rounded-md px-2.5 text-ui outline-none data-highlighted:bg-tint',
        'pointer-coarse:h-11 [&_svg]:size-3.5',
        danger ? 'text-danger' : 'text-ink',
      )}
    >
      {children}
    </BaseMenu.Item>
  )
}
