import type { Answer } from '#protocol/messages.ts'
import { words } from '../words/words.ts'

/** Who writes an answer. The demo model never goes by a name that could be a real one's. */
export function modelName(answer: Answer): string {
  return isDemo(answer) ? words.state.demoModel : (answer.model ?? '')
}

export function isDemo({ provider }: Answer): boolean {
  return provider === 'demo'
}
