import { lazy, Suspense, useState } from 'react'
import { ModelButton } from './model-button.tsx'
import { useModel } from './use-model.ts'

const load = () => import('./model-menu.tsx')
const ModelMenu = lazy(async () => ({ default: (await load()).ModelMenu }))

/** Chooses the model of the next question. The list and its search are loaded when somebody reaches for them. */
export function ModelPicker() {
  const { model } = useModel()
  const [wanted, setWanted] = useState(false)
  const button = (
    <ModelButton
      model={model}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setWanted(true)}
    />
  )
  if (!wanted) return button
  return (
    <Suspense fallback={button}>
      <ModelMenu />
    </Suspense>
  )
}
