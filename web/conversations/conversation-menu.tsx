import { Pencil, Trash2 } from 'lucide-react'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { words } from '../words/words.ts'
import { MenuButton } from './menu-button.tsx'

export interface ConversationMenuProps {
  title: string
  onRename: () => void
  onDelete: () => void
}

/** Comes into being opened, in place of the plain button that was pressed. */
export function ConversationMenu({ title, onRename, onDelete }: ConversationMenuProps) {
  return (
    <Menu trigger={<MenuButton title={title} />}>
      <MenuItem onClick={onRename}>
        <Pencil />
        {words.nav.rename}
      </MenuItem>
      <MenuItem danger onClick={onDelete}>
        <Trash2 />
        {words.nav.delete}
      </MenuItem>
    </Menu>
  )
}
