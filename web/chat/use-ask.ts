import type { App } from '../store/app.ts'
import type { Question } from '../store/outbox-item.ts'
import { useModel } from '../models/use-model.ts'

/** Asks the chosen model, thinking or not as it was chosen. */
export function useAsk({ outbox, preferences }: Pick<App, 'outbox' | 'preferences'>) {
  const { model } = useModel()
  return (question: Omit<Question, 'model' | 'thinking'>) => {
    const { thinking, model: chosen } = preferences.getState()
    outbox.send({ ...question, model: model?.id ?? chosen, thinking })
  }
}
