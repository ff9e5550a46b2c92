import type { Usage } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { toFinishReason } from './finish-reason.ts'
import type { AnswerReader } from '#server/upstream/answer-reader.ts'
import { failure, findError, isObject, toGenerationError } from '#server/upstream/provider-error.ts'
import type { Redact } from '#server/upstream/redact.ts'
import { createSourceCollector } from '#server/upstream/source-collector.ts'
import { writeDelta } from '#server/upstream/write-delta.ts'
import { createToolCallCollector } from './tool-calls.ts'
import { toUsage } from './usage.ts'

/**
 * Reads `chat.completion.chunk` objects, and whole `chat.completion` objects where a server ignored `stream`. Deltas that
 * follow one another in `out` are joined. Usage, sources and tool calls are reported once, at the end: usage may come in
 * each chunk (the last counts), sources too, and a tool call comes in pieces.
 */
export function createChatAnswer(redact: Redact): AnswerReader {
  const toolCalls = createToolCallCollector()
  const sources = createSourceCollector()
  let usage: Usage | undefined
  let rawFinishReason: string | undefined
  let begun = false
  let wroteText = false
  let sawDelta = false
  let signatures: unknown[] = []

  function read(chunk: unknown, out: ProviderEvent[]): GenerationError | undefined {
    if (!isObject(chunk)) return undefined
    if (Array.isArray(chunk.choices)) readChoices(chunk.choices, out)
    readUsage(chunk.usage)
    const groq = isObject(chunk.x_groq) ? chunk.x_groq : undefined
    if (groq) readUsage(groq.usage)
    if (chunk.search_results !== undefined) sources.add(chunk.search_results)
    if (chunk.citations !== undefined) sources.add(chunk.citations)
    const raw = findError(chunk) ?? choiceError(chunk.choices) ?? (groq && findError(groq))
    return raw === undefined ? undefined : toGenerationError(raw, {}, redact)
  }

  function readChoices(choices: unknown[], out: ProviderEvent[]): void {
    for (const choice of choices) {
      if (!isObject(choice) || (choice.index ?? 0) !== 0) continue
      begun = true
      if (isObject(choice.delta)) {
        sawDelta = true
        readDelta(choice.delta, out)
      } else if (isObject(choice.message)) {
        if (!sawDelta) readDelta(choice.message, out)
      } else if (typeof choice.text === 'string') writeText(choice.text, out)
      readUsage(choice.usage)
      // Some servers repeat the finish reason in an empty chunk of their own: the first one counts.
      if (isReason(choice.finish_reason)) rawFinishReason ??= choice.finish_reason
    }
  }

  /** A piece of the message, or the whole of it. `audio` is heard, its transcript read. */
  function readDelta(delta: Record<string, unknown>, out: ProviderEvent[]): void {
    const { content } = delta
    readReasoning(delta, out)
    if (typeof content === 'string') writeText(content, out)
    else if (Array.isArray(content)) readParts(content, out)
    else if (isObject(delta.audio) && typeof delta.audio.transcript === 'string') writeText(delta.audio.transcript, out)
    if (typeof delta.refusal === 'string') writeDelta('refusal-delta', delta.refusal, out)
    if (Array.isArray(delta.tool_calls)) for (const piece of delta.tool_calls) toolCalls.add(piece)
    if (isObject(delta.function_call)) toolCalls.add({ index: 0, function: delta.function_call })
    if (delta.annotations !== undefined) sources.add(delta.annotations)
  }

  /** The same reasoning may stand under several names at once; the first that holds text is taken. */
  function readReasoning(delta: Record<string, unknown>, out: ProviderEvent[]): void {
    const details = delta.reasoning_details
    if (Array.isArray(details)) keepSignatures(details)
    if (typeof delta.reasoning_content === 'string' && delta.reasoning_content !== '') {
      writeDelta('reasoning-delta', delta.reasoning_content, out)
    } else if (typeof delta.reasoning === 'string' && delta.reasoning !== '') {
      writeDelta('reasoning-delta', delta.reasoning, out)
    } else if (typeof delta.reasoning_text === 'string') {
      writeDelta('reasoning-delta', delta.reasoning_text, out)
    } else if (Array.isArray(details)) {
      for (const detail of details)
        if (isObject(detail)) writeDelta('reasoning-delta', detail.text ?? detail.summary, out)
    }
  }

  /** What the vendor wants back in a later turn; it never holds the reasoning's words twice. */
  function keepSignatures(details: unknown[]): void {
    for (const detail of details) {
      if (!isObject(detail) || (!detail.signature && !detail.data)) continue
      const { text: _text, summary: _summary, ...rest } = detail
      signatures.push(rest)
    }
  }

  /** Mistral's content parts (`text`, `thinking` that holds text parts itself, `tool_reference`), OpenAI's `refusal`. */
  function readParts(parts: unknown[], out: ProviderEvent[]): void {
    for (const part of parts) {
      if (typeof part === 'string') writeText(part, out)
      if (!isObject(part)) continue
      if (part.type === 'thinking') {
        const inner = Array.isArray(part.thinking) ? part.thinking : [part.thinking]
        for (const piece of inner) writeDelta('reasoning-delta', isObject(piece) ? piece.text : piece, out)
      } else if (part.type === 'refusal') writeDelta('refusal-delta', part.refusal, out)
      else if (part.type === 'tool_reference') sources.add([part])
      else if (typeof part.text === 'string') writeText(part.text, out)
    }
  }

  function writeText(text: string, out: ProviderEvent[]): void {
    if (text === '') return
    wroteText = true
    if (signatures.length > 0) endReasoning(out)
    writeDelta('text-delta', text, out)
  }

  function endReasoning(out: ProviderEvent[]): void {
    if (signatures.length > 0) out.push({ type: 'reasoning-end', providerMetadata: { reasoningDetails: signatures } })
    signatures = []
  }

  function readUsage(raw: unknown): void {
    if (isObject(raw)) usage = toUsage(raw) ?? usage
  }

  function end(out: ProviderEvent[], error?: GenerationError): void {
    const broken = error ?? finishError(rawFinishReason, redact)
    endReasoning(out)
    if (!broken) out.push(...toolCalls.take())
    // Sources alone would make a failure look like a begun answer, and forbid a silent retry.
    if (!broken || wroteText) out.push(...sources.take())
    if (usage) out.push({ type: 'usage', usage })
    if (broken) out.push({ type: 'error', error: broken })
    else if (rawFinishReason === undefined) out.push({ type: 'finish', reason: 'other' })
    else out.push({ type: 'finish', reason: toFinishReason(rawFinishReason), rawReason: rawFinishReason })
  }

  return {
    isFinished: () => rawFinishReason !== undefined,
    hasBegun: () => begun,
    read,
    end,
  }
}

/** Some servers write the word for none. */
function isReason(raw: unknown): raw is string {
  return typeof raw === 'string' && raw !== '' && raw !== 'null'
}

/** OpenRouter puts the error of a broken-off answer into its choice. */
function choiceError(choices: unknown): unknown {
  if (!Array.isArray(choices)) return undefined
  const first: unknown = choices[0]
  return isObject(first) && isObject(first.error) ? first.error : undefined
}

/** A finish reason can say that the vendor broke off; that is no end of an answer. */
function finishError(rawFinishReason: string | undefined, redact: Redact): GenerationError | undefined {
  if (rawFinishReason === undefined || toFinishReason(rawFinishReason) !== 'error') return undefined
  const kind = rawFinishReason === 'insufficient_system_resource' ? 'overloaded' : 'server'
  const error = failure(kind, `The provider broke off the answer (finish reason "${rawFinishReason}").`, redact)
  return { ...error, providerCode: rawFinishReason }
}
