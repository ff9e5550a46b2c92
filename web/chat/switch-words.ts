import type { Answer } from '#protocol/messages.ts'
import { words } from '../words/words.ts'
import { modelName } from './model-name.ts'

/** Whom an answer comes from instead of the model that was asked for, and why; undefined where it comes from that one. */
export function switchWords({ switchedFrom, provider, model }: Answer): string | undefined {
  if (!switchedFrom) return undefined
  const to = { provider: provider ?? '', model: model ?? '' }
  const [before, after] =
    modelName(switchedFrom) === modelName(to)
      ? [`${switchedFrom.provider}/${switchedFrom.model}`, `${to.provider}/${to.model}`]
      : [modelName(switchedFrom), modelName(to)]
  const why = words.switchReasons[switchedFrom.reason]
  return why ? words.state.switched(after, why(before)) : words.state.switchedFor(before, after, switchedFrom.reason)
}
