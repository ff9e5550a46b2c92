import type { Usage } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { FinishEvent, ProviderEvent } from '#server/ports/provider.ts'
import type { AnswerReader } from '#server/upstream/answer-reader.ts'
import { findError, isObject, toGenerationError } from '#server/upstream/provider-error.ts'
import type { Redact } from '#server/upstream/redact.ts'
import { createContentReader } from './content-blocks.ts'
import { toFinishReason } from './stop-reason.ts'
import { toUsage } from './usage.ts'

const MAX_EXPLANATION_CHARACTERS = 2_000

/**
 * Reads the events of a Messages stream, and whole `message` objects where a server ignored `stream`; see
 * https://platform.claude.com/docs/en/build-with-claude/streaming. Events of other names are passed over, as that page
 * demands. Usage and sources are reported once, at the end: counts come in several events, and the last of each counts.
 */
export function createAnthropicAnswer(redact: Redact): AnswerReader {
  const content = createContentReader()
  let usage: Usage | undefined
  let stopReason: string | undefined
  /** Why the model refused, in the vendor's words; no part of what it wrote. */
  let explanation = ''
  let begun = false

  function read(value: unknown, out: ProviderEvent[]): GenerationError | 'end' | undefined {
    if (!isObject(value)) return undefined
    switch (value.type) {
      case 'message_start':
        begun = true
        if (isObject(value.message)) readUsage(value.message.usage)
        return undefined
      case 'content_block_start':
        begun = true
        content.start(value.index, value.content_block, out)
        return undefined
      case 'content_block_delta':
        begun = true
        content.delta(value.index, value.delta, out)
        return undefined
      case 'content_block_stop':
        content.stop(value.index, out)
        return undefined
      case 'message_delta':
        readStop(value.delta)
        readUsage(value.usage)
        return undefined
      case 'message_stop':
        return begun ? 'end' : undefined
      case 'message':
        readMessage(value, out)
        return undefined
      case 'error':
        return toGenerationError(findError(value) ?? value, {}, redact)
      default:
        return readOther(value)
    }
  }

  function readMessage(message: Record<string, unknown>, out: ProviderEvent[]): void {
    begun = true
    if (Array.isArray(message.content)) for (const block of message.content) content.whole(block, out)
    readStop(message)
    readUsage(message.usage)
  }

  function readStop(raw: unknown): void {
    if (!isObject(raw)) return
    if (typeof raw.stop_reason === 'string' && raw.stop_reason !== '') stopReason = raw.stop_reason
    if (isObject(raw.stop_details)) readExplanation(raw.stop_details.explanation)
  }

  function readExplanation(raw: unknown): void {
    if (typeof raw === 'string') explanation = redact(raw.slice(0, MAX_EXPLANATION_CHARACTERS))
  }

  function readUsage(raw: unknown): void {
    if (isObject(raw)) usage = { ...usage, ...toUsage(raw) }
  }

  /** Gateways in between send errors of their own making. */
  function readOther(value: Record<string, unknown>): GenerationError | undefined {
    const raw = typeof value.type === 'string' ? undefined : findError(value)
    return raw === undefined ? undefined : toGenerationError(raw, {}, redact)
  }

  function end(out: ProviderEvent[], error?: GenerationError): void {
    if (!error) content.stopAll(out)
    // Sources alone would make a failure look like a begun answer, and forbid a silent retry.
    if (!error || content.hasText()) out.push(...content.takeSources())
    if (usage && Object.keys(usage).length > 0) out.push({ type: 'usage', usage })
    if (error) out.push({ type: 'error', error })
    else if (stopReason === undefined) out.push({ type: 'finish', reason: 'other' })
    else {
      const finish: FinishEvent = { type: 'finish', reason: toFinishReason(stopReason), rawReason: stopReason }
      if (explanation !== '') finish.detail = explanation
      out.push(finish)
    }
  }

  return {
    isFinished: () => stopReason !== undefined,
    hasBegun: () => begun,
    read,
    end,
  }
}
