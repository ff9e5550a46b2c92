import type { RunningAnswer } from '../store/running-answer.ts'
import { notify } from '../ui/toast-store.ts'
import { words } from '../words/words.ts'

/** Stops an answer; says so when the wish did not reach the server. */
export async function stopOrSay(answer: RunningAnswer): Promise<void> {
  try {
    await answer.stop()
  } catch {
    notify(words.answer.stopFailed)
  }
}
