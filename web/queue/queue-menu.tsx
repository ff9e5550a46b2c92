import { ArrowDown, ArrowUp, Pencil, X } from 'lucide-react'
import type { ReactElement } from 'react'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { words } from '../words/words.ts'
import type { QueueItemMenuProps } from './queue-item-menu.tsx'

export interface QueueMenuProps extends Omit<QueueItemMenuProps, 'text'> {
  trigger: ReactElement
}

/** Everything that can be done with a turn that waits; what needs no pointer that drags. */
export function QueueMenu({ trigger, place, of, onMove, onEdit, onWithdraw }: QueueMenuProps) {
  return (
    <Menu trigger={trigger}>
      <MenuItem onClick={onEdit}>
        <Pencil />
        {words.queue.edit}
      </MenuItem>
      {place > 1 && (
        <MenuItem onClick={() => onMove(-1)}>
          <ArrowUp />
          {words.queue.up}
        </MenuItem>
      )}
      {place < of && (
        <MenuItem onClick={() => onMove(1)}>
          <ArrowDown />
          {words.queue.down}
        </MenuItem>
      )}
      <MenuItem danger onClick={onWithdraw}>
        <X />
        {words.queue.withdraw}
      </MenuItem>
    </Menu>
  )
}
