import type { Usage } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import { planAnswer, type AnswerPlan, type Pace } from './answer-plan.ts'
import type { DemoFaults } from './demo-faults.ts'
import { failure } from './failure.ts'
import { countFailedTries } from './failed-tries.ts'
import { playAnswer, type Stage } from './play-answer.ts'
import { createSharedTimer, type Timer } from './shared-timer.ts'

export interface DemoOptions extends Partial<Pace> {
  /** Where streams wait; by default one timer for all streams of this provider. */
  timer?: Timer
  /** For scripts that say `crash` or `hog`; absent refuses them. */
  faults?: DemoFaults
}

/** What people may pick. `script` is not listed: a program that names it needs `ALLOW_UNLISTED_MODELS=1`. */
const MODELS: readonly ModelRecord[] = [
  { id: 'chat', name: 'Demo', contextLength: null },
  { id: 'thinking', name: 'Demo with thinking', contextLength: null },
]

/**
 * The built-in demonstration: needs no key and no network, and says of itself that it is one. `chat` and `thinking`
 * answer by keyword at the speed of a real model; `script` serves tests and load (its language: `script.ts`). Text and
 * timing follow from the request's seed, else from the generation's id, so a later attempt writes the same again. An
 * answer that is stopped says what was used until then.
 */
export function createDemoProvider(options: DemoOptions = {}): Provider {
  const { timer = createSharedTimer(), tokensPerSecond = 50, firstTokenMs = 250, faults } = options
  const failedTries = countFailedTries()

  function stream(request: ProviderRequest, signal: AbortSignal): AsyncIterable<readonly ProviderEvent[]> {
    const planned = planAnswer(request, { tokensPerSecond, firstTokenMs })
    if (!planned.ok) return endIn(planned.error)
    const { plan } = planned
    if (!faults && (plan.crashAfterTokens ?? plan.hogAfterTokens) !== undefined) {
      const message = 'This server lets no script crash its workers or take their memory. ALLOW_DEMO_FAULTS=1 would.'
      return endIn(failure('bad-request', { message }))
    }
    if (signal.aborted) return endIn(failure('cancelled', { message: '' }))
    return interruptible(plan, request, signal)
  }

  function interruptible(plan: AnswerPlan, request: ProviderRequest, signal: AbortSignal) {
    const alarm = timer.alarm()
    let left = false
    const stage: Stage = {
      timer,
      alarm,
      stopped: () => left || signal.aborted,
      failure() {
        if (!plan.failure || !failedTries.fails(request.generationId, plan.failure.times)) return undefined
        return { type: 'error', error: plan.failure.error }
      },
      crash: () => faults?.crash(),
      hog: () => faults?.hog(),
    }
    const batches = endWhenStopped(playAnswer(plan, stage, request.resume?.afterCharacters), alarm.ring, signal)
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => batches.next(),
        // A generator answers its calls in order: the wait that is under way must end first.
        return() {
          left = true
          alarm.ring()
          return batches.return(undefined)
        },
      }),
    }
  }

  return { id: 'demo', local: true, stream, models: async () => [...MODELS] }
}

async function* endWhenStopped(
  batches: AsyncGenerator<readonly ProviderEvent[], Usage | undefined>,
  ring: () => void,
  signal: AbortSignal,
): AsyncGenerator<readonly ProviderEvent[], void> {
  signal.addEventListener('abort', ring)
  try {
    const usage = yield* batches
    if (!usage || !signal.aborted) return
    yield [
      { type: 'usage', usage },
      { type: 'error', error: failure('cancelled', { message: '' }) },
    ]
  } finally {
    signal.removeEventListener('abort', ring)
  }
}

async function* endIn(error: GenerationError): AsyncGenerator<readonly ProviderEvent[], void> {
  yield [{ type: 'error', error }]
}
