import type { ClientError } from '#client/client-error.ts'
import type { Answer } from '#protocol/messages.ts'
import { createRunningAnswer, type RunningAnswer, type RunningAnswerOptions } from './running-answer.ts'

export interface RunningAnswers {
  /** The one running answer of a generation; made on first use, kept for as long as the page lives. */
  of: (place: {
    generationId: string
    messageId: string
    conversationId: string
    pausedAt?: string | null
  }) => RunningAnswer
  /** The same, when this page has seen it run. */
  find: (generationId: string) => RunningAnswer | undefined
}

export interface RunningAnswersOptions {
  client: RunningAnswerOptions['client']
  onEnd: (place: { messageId: string; conversationId: string }, answer: Answer) => void
  onLost: (place: { conversationId: string }, error: ClientError) => void
}

export function createRunningAnswers({ client, onEnd, onLost }: RunningAnswersOptions): RunningAnswers {
  const answers = new Map<string, RunningAnswer>()
  return {
    find: (generationId) => answers.get(generationId),
    of({ generationId, messageId, conversationId, pausedAt }) {
      const known = answers.get(generationId)
      if (known) return known
      const answer = createRunningAnswer({
        generationId,
        client,
        pausedAt,
        onEnd: (final) => onEnd({ messageId, conversationId }, final),
        onLost: (error) => onLost({ conversationId }, error),
      })
      answers.set(generationId, answer)
      return answer
    },
  }
}
