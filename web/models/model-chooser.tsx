import { cloneElement, lazy, Suspense, useState, type ComponentProps, type ReactElement } from 'react'
import type { ModelMenuProps } from './model-menu.tsx'

const load = () => import('./model-menu.tsx')
const ModelMenu = lazy(async () => ({ default: (await load()).ModelMenu }))

export interface ModelChooserProps extends Omit<ModelMenuProps, 'trigger'> {
  button: ReactElement<ComponentProps<'button'>>
}

/** A button that opens the list of models. The list and its search are loaded when somebody reaches for them. */
export function ModelChooser({ button, ...menu }: ModelChooserProps) {
  const [wanted, setWanted] = useState(false)
  const closed = cloneElement(button, {
    onPointerEnter: () => void load(),
    onFocus: () => void load(),
    onClick: () => setWanted(true),
  })
  if (!wanted) return closed
  return (
    <Suspense fallback={closed}>
      <ModelMenu trigger={button} {...menu} />
    </Suspense>
  )
}
