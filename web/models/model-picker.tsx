import { ModelButton } from './model-button.tsx'
import { ModelChooser } from './model-chooser.tsx'
import { useModel } from './use-model.ts'

/** Chooses the model of the next question. */
export function ModelPicker() {
  const { model, choose } = useModel()
  return <ModelChooser button={<ModelButton model={model} />} model={model} onChoose={choose} />
}
