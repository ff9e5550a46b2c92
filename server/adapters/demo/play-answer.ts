import type { Usage } from '#protocol/events.ts'
import type { ErrorEvent, ProviderEvent } from '#server/ports/provider.ts'
import type { AnswerPlan, Tokens } from './answer-plan.ts'
import type { Alarm, Timer } from './shared-timer.ts'

/** Bounds a batch when the reader is slower than the plan. */
const MAX_BATCH = 64

export interface Stage {
  timer: Timer
  alarm: Alarm
  /** True once nobody wants more. */
  stopped(): boolean
  /** The error to end in, asked for where the plan fails; undefined lets the plan go on. */
  failure(): ErrorEvent | undefined
  /** Ends the process. */
  crash(): void
  /** Takes memory until the process dies of it. */
  hog(): void
}

/** A place in the tokens: the token there, without its first `skip` characters, is the next one. */
interface Place {
  index: number
  skip: number
}

/**
 * Plays a plan in time: every token has a deadline, counted from the one before, so that delays do not add up, and what
 * is due together comes as one batch. With `afterCharacters` the thinking is over, and so many characters of the text are
 * known already. Returns what was used so far when it was stopped, undefined when it reached an end.
 */
export async function* playAnswer(
  plan: AnswerPlan,
  stage: Stage,
  afterCharacters: number | undefined,
): AsyncGenerator<readonly ProviderEvent[], Usage | undefined> {
  let dueMs = stage.timer.now() + plan.firstTokenMs

  /** Waits for the deadline; false when stopped before or meanwhile. */
  async function due(): Promise<boolean> {
    if (stage.stopped()) return false
    await stage.alarm.until(dueMs)
    return !stage.stopped()
  }

  async function* play(tokens: Tokens, type: 'text-delta' | 'reasoning-delta', place: Place, until: number) {
    while (place.index < until && (await due())) {
      const nowMs = stage.timer.now()
      const batch: ProviderEvent[] = []
      do {
        batch.push({ type, text: tokens.at(place.index).slice(place.skip) })
        place.index += 1
        place.skip = 0
        dueMs += plan.nextDelayMs()
        const stallMs = type === 'text-delta' ? plan.stalls.get(place.index) : undefined
        if (stallMs !== undefined) dueMs = Math.max(dueMs, nowMs) + stallMs
      } while (place.index < until && dueMs <= nowMs && batch.length < MAX_BATCH)
      yield batch
    }
  }

  const thought: Place = { index: afterCharacters === undefined ? 0 : plan.thinking.count, skip: 0 }
  const place = placeAfter(plan.text, afterCharacters ?? 0)
  const usedSoFar = () => usage(plan, thought.index, place.skip > 0 ? place.index + 1 : place.index)

  if (afterCharacters === undefined) {
    yield* play(plan.thinking, 'reasoning-delta', thought, plan.thinking.count)
    if (stage.stopped()) return usedSoFar()
    if (plan.thinking.count > 0) yield [{ type: 'reasoning-end' }]
    // A handle stands for the text alone: an attempt that was lost while it thought has none, and begins again.
    if (plan.handle !== undefined) yield [{ type: 'provider-handle', handle: plan.handle }]
  }

  if (place.index === 0) dueMs += plan.stalls.get(0) ?? 0
  for (const { at, act } of interruptions(plan, stage)) {
    if (at < place.index) continue
    yield* play(plan.text, 'text-delta', place, at)
    if (!(await due())) return usedSoFar()
    const last = act()
    if (!last) continue
    yield [last]
    return undefined
  }
  yield* play(plan.text, 'text-delta', place, plan.text.count)
  if (stage.stopped()) return usedSoFar()
  yield [
    { type: 'usage', usage: usage(plan, plan.thinking.count, plan.text.count) },
    { type: 'finish', reason: plan.finish },
  ]
  return undefined
}

function placeAfter(tokens: Tokens, characters: number): Place {
  let left = characters
  for (let index = 0; index < tokens.count; index++) {
    const { length } = tokens.at(index)
    if (left < length) return { index, skip: left }
    left -= length
  }
  return { index: tokens.count, skip: 0 }
}

interface Interruption {
  /** So many tokens of text come before it. */
  at: number
  act: () => ErrorEvent | undefined
}

/** What happens between two tokens of text, in order; what lies beyond the text happens at its end. */
function interruptions(plan: AnswerPlan, stage: Stage): Interruption[] {
  const found: Interruption[] = []
  if (plan.failure) found.push({ at: Math.min(plan.failure.afterTokens, plan.text.count), act: () => stage.failure() })
  const faults = [
    { afterTokens: plan.crashAfterTokens, act: () => void stage.crash() },
    { afterTokens: plan.hogAfterTokens, act: () => void stage.hog() },
  ]
  for (const { afterTokens, act } of faults) {
    if (afterTokens !== undefined)
      found.push({ at: Math.min(afterTokens, plan.text.count), act: () => (act(), undefined) })
  }
  return found.toSorted((one, other) => one.at - other.at)
}

function usage({ inputTokens, thinking }: AnswerPlan, thoughtTokens: number, textTokens: number): Usage {
  const reasoning = thinking.count > 0 ? { reasoningTokens: thoughtTokens } : {}
  return { inputTokens, outputTokens: thoughtTokens + textTokens, ...reasoning }
}
