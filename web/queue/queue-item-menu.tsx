import { Ellipsis } from 'lucide-react'
import { lazy, Suspense, useState, type ComponentProps } from 'react'
import { IconButton } from '../ui/icon-button.tsx'
import { words } from '../words/words.ts'

const loadMenu = () => import('./queue-menu.tsx')
const QueueMenu = lazy(async () => ({ default: (await loadMenu()).QueueMenu }))

export interface QueueItemMenuProps {
  text: string
  place: number
  of: number
  onMove: (by: 1 | -1) => void
  onEdit: () => void
  onWithdraw: () => void
}

/** The button of a turn's menu, which is loaded when it is first opened. */
export function QueueItemMenu({ text, ...rest }: QueueItemMenuProps) {
  const [opened, setOpened] = useState(false)
  const trigger = (props: Partial<ComponentProps<'button'>>) => (
    <IconButton
      label={words.queue.options(text.slice(0, 60))}
      title={undefined}
      aria-haspopup="menu"
      data-testid="turn-menu"
      {...props}
    >
      <Ellipsis className="size-4" />
    </IconButton>
  )
  const closed = trigger({ onClick: () => setOpened(true), onPointerEnter: () => void loadMenu() })
  if (!opened) return closed
  return (
    <Suspense fallback={closed}>
      <QueueMenu trigger={trigger({})} {...rest} />
    </Suspense>
  )
}
