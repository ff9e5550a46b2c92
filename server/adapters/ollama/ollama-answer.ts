import type { FinishReason, ToolCallEvent, Usage } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import type { AnswerReader } from '#server/upstream/answer-reader.ts'
import { findError, isObject, toGenerationError } from '#server/upstream/provider-error.ts'
import type { Redact } from '#server/upstream/redact.ts'
import { writeDelta } from '#server/upstream/write-delta.ts'

/** `load` and `unload` are the end of a request without a question, which only brings a model into memory or out of it. */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
])

/**
 * Reads the objects that `POST /api/chat` writes, one a line; the one with `done` ends the answer. Calls come whole, with
 * their arguments as an object and mostly without an id, and are reported at the end.
 */
export function createOllamaAnswer(
  redact: Redact,
  { generationId }: Pick<ProviderRequest, 'generationId'>,
): AnswerReader {
  const calls: ToolCallEvent[] = []
  let usage: Usage | undefined
  let doneReason: string | undefined
  let begun = false
  let done = false

  function read(value: unknown, out: ProviderEvent[]): GenerationError | 'end' | undefined {
    if (!isObject(value)) return undefined
    const { message, done: isDone, done_reason: reason } = value
    if (isObject(message)) readMessage(message, out)
    usage = toUsage(value) ?? usage
    const raw = findError(value)
    if (raw !== undefined) return toGenerationError(raw, {}, redact)
    if (isDone !== true) return undefined
    begun = true
    done = true
    if (typeof reason === 'string' && reason !== '') doneReason = reason
    return 'end'
  }

  function readMessage(
    { content, thinking, tool_calls: toolCalls }: Record<string, unknown>,
    out: ProviderEvent[],
  ): void {
    begun = true
    writeDelta('reasoning-delta', thinking, out)
    writeDelta('text-delta', content, out)
    if (Array.isArray(toolCalls)) for (const call of toolCalls) readCall(call)
  }

  function readCall(call: unknown): void {
    if (!isObject(call) || !isObject(call.function)) return
    const { name, arguments: args } = call.function
    if (typeof name !== 'string' || name === '') return
    const toolCallId = typeof call.id === 'string' && call.id !== '' ? call.id : `call_${generationId}_${calls.length}`
    calls.push({ type: 'tool-call', toolCallId, name, arguments: argumentsText(args) })
  }

  function end(out: ProviderEvent[], error?: GenerationError): void {
    if (!error) out.push(...calls)
    if (usage) out.push({ type: 'usage', usage })
    if (error) out.push({ type: 'error', error })
    else if (doneReason === undefined) out.push({ type: 'finish', reason: calls.length > 0 ? 'tool-calls' : 'other' })
    else {
      const reason = REASONS.get(doneReason) ?? 'other'
      out.push({
        type: 'finish',
        reason: reason === 'stop' && calls.length > 0 ? 'tool-calls' : reason,
        rawReason: doneReason,
      })
    }
  }

  return { isFinished: () => done, hasBegun: () => begun, read, end }
}

function argumentsText(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  return JSON.stringify(isObject(value) ? value : {})
}

/** The count of the prompt is left out where the whole of it came from the cache. */
function toUsage({ prompt_eval_count: input, eval_count: output }: Record<string, unknown>): Usage | undefined {
  const usage: Usage = {}
  if (isCount(input)) usage.inputTokens = input
  if (isCount(output)) usage.outputTokens = output
  return usage.inputTokens === undefined && usage.outputTokens === undefined ? undefined : usage
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
