import type { Answer } from '#protocol/messages.ts'
import { words } from '../words/words.ts'

type Writer = Pick<Answer, 'provider' | 'model'>

/** Who writes an answer. The demo model never goes by a name that could be a real one's. */
export function modelName(answer: Writer): string {
  return isDemo(answer) ? words.state.demoModel : (answer.model ?? '')
}

export function isDemo({ provider }: Writer): boolean {
  return provider === 'demo'
}
